"""A C++ compiler, where there is one: never needed, and what it made is kept."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path

FLAGS = (
    "-O3",
    "-march=native",
    "-std=c++17",
    "-fopenmp-simd",
    "-fno-math-errno",
    "-fno-builtin-sin",
    "-fno-builtin-cos",
    "-mprefer-vector-width=512",
)
"""Numbers stay what they are, NaN and infinities included: nothing is assumed of arithmetic."""
FREE = (
    "-O3",
    "-march=native",
    "-std=c++17",
    "-fno-math-errno",
    "-fassociative-math",
    "-fno-signed-zeros",
    "-fno-trapping-math",
    "-mprefer-vector-width=512",
    "-D__FAST_MATH__",
)
"""As ``-ffast-math``, which would make the whole process take tiny numbers for zero, and forget
NaN: sums in any order, and glibc's functions of whole vectors."""
PLAIN = ("-O2", "-std=c++17")
"""For compilers that do not know some of the others."""
SHARED = ("-shared", "-fPIC", "-fno-trapping-math")
PATIENCE = 120
"""Seconds after which a build is given up."""

_log = logging.getLogger(__name__)


@cache
def compiler() -> str | None:
    """Return the C++ compiler: that of the variable CXX, or the first that is found; or None."""
    wanted = os.environ.get("CXX", "")
    return next(
        (found for name in (wanted, "c++", "g++", "clang++") if (found := _path(name))), None
    )


def _path(name: str) -> str | None:
    return shutil.which(name) if name else None


def library(source: str, folder: Path | None, flags: Sequence[str] = FLAGS) -> ctypes.CDLL | None:
    """Return the library that a source makes, built or found in ``folder``; None if it cannot be.

    A file is named by all that made it, the machine included, and appears whole or not at all:
    builds side by side do no harm. Without a folder nothing is kept beyond the process.
    ``flags`` are the compiler's: ``FLAGS``, or ``FREE`` where sums may be taken in any order.
    """
    program = compiler()
    if program is None:
        return None
    place = (folder or _of_process()) / "kernels"
    try:
        made_by = "\0".join((source, program, *_machine(program), *flags))
        path = place / f"{hashlib.sha256(made_by.encode()).hexdigest()[:24]}.so"
        if not path.is_file():
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            _build(program, source, path, flags)
        return ctypes.CDLL(str(path))
    except (OSError, subprocess.SubprocessError) as error:
        _log.info("no kernel could be built (%s): going on without it.", error)
        return None


def _build(program: str, source: str, path: Path, wanted: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "kernel.cpp"
        text.write_text(source)
        partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
        try:
            for flags in (wanted, PLAIN):
                command = [program, *flags, *SHARED, str(text), "-o", str(partial), "-lm"]
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=PATIENCE, check=False
                )
                if done.returncode == 0:
                    break
            else:
                raise OSError(done.stderr.strip()[:500])
            os.replace(partial, path)  # noqa: PTH105  (the atomic one, also over an existing file)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


@cache
def _machine(program: str) -> tuple[str, ...]:
    """Return what decides beside the source: compiler, flags, and the processor that they mean."""
    command = [program, "--version"]
    version = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        chip = [line for line in lines if line.startswith(("model name", "flags", "Features"))][:2]
        return version.stdout, *SHARED, platform.machine(), *chip
    return version.stdout, *SHARED, platform.machine(), platform.processor()


@cache
def _of_process() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="legendre-")
    _kept.append(folder)
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""
