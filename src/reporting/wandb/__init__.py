"""Weights & Biases: a mirror of what runs leave on disk, and dashboards of it.

The one room that imports wandb. Works without an account and without a network: a run then lies in
its folder, and ``wandb sync <run folder>/wandb/offline-run-*`` sends it later.
"""

from .settings import WandbSettings

__all__ = ["WandbSettings"]
