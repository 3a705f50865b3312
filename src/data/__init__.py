"""Floor 2: trajectories, where they come from, and how they are prepared. No Lightning."""
