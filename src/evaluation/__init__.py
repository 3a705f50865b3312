"""Floor 3: rollouts and metrics make a record. No Lightning: it serves plain scripts too."""
