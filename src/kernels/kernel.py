"""The machine code of this process: not wanted, being built, or ready."""

from __future__ import annotations

import ctypes
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .blas import gemm
from .compiler import FREE, library

SOURCES = ("perceptron.cpp", "scalar_mlp.cpp", "curvature.cpp", "unbend.cpp", "lagrangian.cpp")
"""What is compiled as one, in this order."""
PREFIXES = {torch.float32: "f32", torch.float64: "f64"}


@dataclass(frozen=True)
class Routine:
    """The routines of one precision, and the address of its matrix product."""

    forward: Any
    reverse: Any
    fit: Any
    curvature: Any
    unbend: Any
    blocks: Any
    field: Any
    gemm: int


def source() -> str:
    """Return the text of all sources."""
    return "\n".join(Path(__file__).with_name(name).read_text() for name in SOURCES)


class Kernel:
    """The kernel of this process: not wanted, being built, or ready."""

    build: Future[ctypes.CDLL | None] | None = None
    routines: dict[torch.dtype, Routine] | None = None

    @classmethod
    def prepare(cls, folder: Path) -> None:
        """Begin to build the kernel beside whatever else is done, unless the folder has it."""
        if cls.build is None and cls.routines is None:
            beside = ThreadPoolExecutor(1, "kernel")
            cls.build = beside.submit(library, source(), folder, FREE)
            beside.shutdown(wait=False)

    @classmethod
    def building(cls) -> bool:
        """Whether a compiler is at work."""
        return cls.build is not None and not cls.build.done()

    @classmethod
    def settle(cls) -> bool:
        """Wait for the build and use the kernel from now on; return whether there is one.

        Called where a computation begins: it must not change its ways half through.
        """
        if cls.build is not None:
            built, cls.build = cls.build.result(), None
            cls.routines = None if built is None else _routines(built)
        return cls.routines is not None

    @classmethod
    def leave(cls) -> None:
        """Compute in torch from now on."""
        cls.build = cls.routines = None


def _routines(built: ctypes.CDLL) -> dict[torch.dtype, Routine]:
    pointer, size = ctypes.c_void_p, ctypes.c_long
    net = [pointer, ctypes.c_int, size, size, size, pointer, size]
    lagrangian = [pointer, size, size, *[pointer] * 5]
    arguments = {
        "forward": [pointer] * 3,
        "reverse": [pointer] * 5,
        "fit": [pointer, size, size, *[pointer] * 4],
        "curvature": [pointer, pointer, size, size, *[pointer] * 4],
        "unbend": [pointer, pointer, size, size, *[pointer] * 7],
        "blocks": [*lagrangian, *[pointer] * 4],
        "field": [*lagrangian, pointer],
    }
    found: dict[torch.dtype, Routine] = {}
    for dtype, prefix in PREFIXES.items():
        routines = {name: getattr(built, f"{prefix}_{name}") for name in arguments}
        for name, routine in routines.items():
            routine.argtypes = [*net, *arguments[name]]
            routine.restype = ctypes.c_double if name == "fit" else None
        found[dtype] = Routine(**routines, gemm=gemm(dtype))
    return found
