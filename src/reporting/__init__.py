"""Floor 3: what people look at: records on disk, tables, figures, W&B."""
