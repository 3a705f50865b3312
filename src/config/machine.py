"""How the machine is used: the settings ``performance.*``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def use_threads(settings: Mapping[str, Any]) -> None:
    """Let torch use ``performance.threads`` CPU threads; null leaves the number to torch."""
    threads = settings["performance"]["threads"]
    if threads is None:
        return
    if threads < 1:
        raise ValueError(f"performance.threads must be 1 at least, or null; got {threads}.")
    torch.set_num_threads(threads)
