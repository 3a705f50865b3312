"""Machine code for what costs most, built on first use; everything works without it."""
