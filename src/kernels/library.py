"""C++ sources of this room as one library: built once per machine, beside a run, and kept."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Sums may be taken in any order: that is rounding. Linking is apart, as with these flags it would
# make the whole process take tiny numbers for zero.
COMPILE = ("-std=c++17", "-O3", "-march=native", "-ffast-math", "-fPIC")
if platform.machine() in ("x86_64", "AMD64"):
    COMPILE += ("-mprefer-vector-width=512",)
PATIENCE = 120.0
"""Seconds that a build may take."""


class Build:
    """A library that is there, is being built by another process, or cannot be had.

    Args:
        source: a C++ file.
        folder: where libraries are kept, under names that tell source, compiler and machine.
    """

    def __init__(self, source: Path, folder: Path) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.file: Path | None = None
        compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
        if compiler is None:
            return
        try:
            self.file = folder / f"{source.stem}-{_fingerprint(source, compiler)}.so"
            if not self.file.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                self.process = _start(source, compiler, self.file)
        except OSError:  # no such compiler, nowhere to write: it is never required
            self.file = None

    @property
    def running(self) -> bool:
        """Whether a compiler is at work."""
        return self.process is not None and self.process.poll() is None

    def load(self) -> ctypes.CDLL | None:
        """Wait for the build, and return the library; None where it cannot be had."""
        if self.process is not None:
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.file is None or not self.file.is_file():
            return None
        try:
            return ctypes.CDLL(str(self.file))
        except OSError:  # built for a machine that only looked like this one
            return None


def _fingerprint(source: Path, compiler: str) -> str:
    version = subprocess.run([compiler, "--version"], capture_output=True, check=False).stdout
    parts = (source.read_bytes(), version, repr(COMPILE).encode(), _processor())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _processor() -> bytes:
    """Return what tells processors apart whose machine code may differ."""
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return repr(platform.uname()).encode()
    return b"\n".join(
        line
        for line in info.read_bytes().split(b"\n\n")[0].split(b"\n")
        if line.startswith((b"model name", b"flags", b"Features", b"CPU part"))
    )


def _start(source: Path, compiler: str, file: Path) -> subprocess.Popen[bytes]:
    # Under a name of its own until it is whole: two runs may build at once.
    made = file.with_suffix(f".{os.getpid()}")
    words = [
        f"'{compiler}' {' '.join(COMPILE)} -c '{source}' -o '{made}.o'",
        f"'{compiler}' -shared '{made}.o' -o '{made}.part' -lm",
        f"mv '{made}.part' '{file}'",
    ]
    command = " && ".join(words) + f"; rm -f '{made}.o' '{made}.part'"
    quiet = subprocess.DEVNULL
    return subprocess.Popen(["sh", "-c", command], stdin=quiet, stdout=quiet, stderr=quiet)
