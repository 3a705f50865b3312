"""How the machine is used: the settings ``performance.*``, and what is always worth it."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ..kernels.kernel import Kernel
from ..lowering.performance import choose

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of glibc's ``mallopt`` parameters, from its ``malloc.h``."""
KEPT, MAPPED = 1 << 29, 1 << 25
"""Bytes of freed memory that are kept, and of the least block that is never kept (glibc's most)."""


def use_machine(settings: Mapping[str, Any], cache: Path) -> None:
    """Do as ``performance.*`` says: torch's CPU threads, our machine code; and keep memory.

    Raises:
        ValueError: if the number of threads is none (null: torch's own), or the level is unknown.
    """
    threads = settings["performance"].get("threads")
    if threads is not None:
        if not isinstance(threads, int) or threads < 1:
            raise ValueError(
                f"performance.threads must be a whole number, 1 or more, or null for torch's own "
                f"choice; got {threads!r}."
            )
        torch.set_num_threads(threads)
    use_machine_code(settings, cache)
    keep_freed_memory()


def use_machine_code(settings: Mapping[str, Any], cache: Path) -> None:
    """Follow motions as ``performance.level`` says; what is compiled is kept in ``cache``.

    Raises:
        ValueError: if the level is unknown.
    """
    level = settings["performance"].get("level") or "fast"  # runs of earlier versions have none
    choose(level, cache)
    if level == "reference":
        Kernel.leave()
    else:
        Kernel.prepare(cache)


def keep_freed_memory() -> None:
    """Keep freed memory for the next tensor, where the C library is glibc; nothing elsewhere.

    By default glibc gives the memory of larger tensors back to the kernel as soon as they are
    freed, and the next operation pays for every page again: half of the time of a Lagrangian's
    field at 200 states and more.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, KEPT)
        mallopt(_MMAP_THRESHOLD, MAPPED)
