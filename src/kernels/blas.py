"""The matrix products of a BLAS that is here already, for our own machine code to call."""

from __future__ import annotations

import ctypes
from importlib import import_module
from pathlib import Path

import torch

NAMES = {torch.float32: "sgemm", torch.float64: "dgemm"}


def gemm(dtype: torch.dtype) -> int:
    """Return the address of the Fortran routine ``sgemm`` or ``dgemm``.

    That of the library that torch itself multiplies with, where it is visible (MKL), so that it
    obeys torch's number of threads; else SciPy's, which every installation of ours has.
    """
    name = NAMES[dtype]
    for file in sorted((Path(torch.__file__).parent / "lib").glob("*torch_cpu.*")):
        routine = getattr(ctypes.CDLL(str(file)), f"{name}_", None)
        if routine is not None:
            return ctypes.cast(routine, ctypes.c_void_p).value or 0
    capsule = import_module("scipy.linalg.cython_blas").__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
