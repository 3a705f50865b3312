"""How the machine is used: the settings ``performance.*``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def use_threads(settings: Mapping[str, Any]) -> None:
    """Let torch use ``performance.threads`` CPU threads; null leaves the number to torch.

    Raises:
        ValueError: if it is not a number of threads.
    """
    threads = settings["performance"]["threads"]
    if threads is None:
        return
    if not isinstance(threads, int) or threads < 1:
        raise ValueError(
            f"performance.threads must be a whole number, 1 or more, or null for torch's own "
            f"choice; got {threads!r}."
        )
    torch.set_num_threads(threads)
