"""Floor 1: from a problem, a start and output times to a path. Knows no system and no model."""
