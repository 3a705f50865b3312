"""What Hydra finds by itself: it looks for plugins in ``hydra_plugins`` alone."""
