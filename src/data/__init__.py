"""Floor 2: trajectories, where they come from, and what is done to them before training. No Lightning."""
