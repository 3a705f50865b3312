"""Floor 1: the known systems, one file each: a frozen dataclass of physical parameters with units."""
