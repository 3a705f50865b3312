"""What a training is made of that may come from torch or Lightning rather than from us."""

from __future__ import annotations

import pytorch_lightning as pl
from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.strategies import Strategy
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

PARTS = (nn.Module, Optimizer, LRScheduler, pl.Callback, Logger, Strategy)
"""Kinds of parts; none of them loads or compiles code when it is built."""
TRAINER = pl.Trainer
"""What puts them together."""
