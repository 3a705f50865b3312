"""Floor 2: pure functions of paths and of fields."""
