"""Floor 4: the only folder that imports Lightning."""
