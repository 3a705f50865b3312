"""Floor 2: what a training step minimises. Pure functions of a model and a batch; no Lightning."""
