"""Floor 1½: two-point problems for any energy, where a motion is asked for by its ends."""
