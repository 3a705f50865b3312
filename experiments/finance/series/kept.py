"""Forecasts of nets that are kept, so that a study that broke off goes on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...runs import ROOT
from .data import Array

PLACE = ROOT / "runs" / "finance"


@dataclass(frozen=True)
class Found:
    """Forecasts of one model, from one seed."""

    forecasts: Array
    clipped: int
    """How many of them were put back into the box of their series."""


def kept(series: Array, settings: str, make: Callable[[], Found]) -> Found:
    """Return what was made before of this series with these settings, or make and keep it.

    Changes of code are not seen: remove the folder ``runs/finance`` after one.
    """
    name = hashlib.sha256(series.tobytes() + settings.encode()).hexdigest()[:20]
    file = PLACE / f"{name}.npz"
    if file.is_file():
        with np.load(file) as stored:
            return Found(stored["forecasts"], int(stored["clipped"]))
    found = make()
    PLACE.mkdir(parents=True, exist_ok=True)
    partial = Path(f"{file}.{os.getpid()}.npz")
    np.savez(partial, forecasts=found.forecasts, clipped=found.clipped)
    partial.replace(file)
    return found
