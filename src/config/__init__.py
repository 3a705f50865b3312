"""Floor 5: the only folder that imports Hydra and OmegaConf."""
