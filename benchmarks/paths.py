"""With our kernel for nets, and without it, as where there is no compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from src.kernels.kernel import Kernel

T = TypeVar("T")
NETS = {False: "closed form in torch", True: "kernel"}
"""What differentiates nets, by whether the kernel does."""


def kernel(used: bool, work: Callable[[], T]) -> Callable[[], T]:
    """Return a work that is done with the kernel, if there is one, or without.

    The process has to have settled which: see ``Kernel.settle``.
    """

    def done() -> T:
        routines = Kernel.routines
        if not used:
            Kernel.routines = None
        try:
            return work()
        finally:
            Kernel.routines = routines

    return done
