"""What torch makes of the same, without the kernel."""

from src.kernels.kernel import Kernel


def by_formula(function):
    kept, Kernel.routines = Kernel.routines, None
    try:
        return function()
    finally:
        Kernel.routines = kept
