"""Floor 1: the known systems, one file each: frozen dataclasses of parameters with units."""
