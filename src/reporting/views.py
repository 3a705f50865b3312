"""``views.npz``: what only the model and the system can tell of a run's motions, for pages.

Level sets of the energies in a phase portrait, and where the parts of the system are while it
moves. Kept beside the rollouts, so that a page over many runs loads no model.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..systems.base import System
from .portrait import Portrait
from .rollouts import reading, write_rollouts
from .subject import Subject

FILE_NAME = "views.npz"
PATHS = 6
"""Motions that a portrait keeps."""
PERIODS, SAMPLES = 8.0, 240
"""Time scales that the moving parts are followed for, and at most how many pictures of them."""


def write_views(folder: Path, subject: Subject, portrait: Portrait | None) -> Path | None:
    """Write what there is to see; None, and no file, where that is nothing."""
    views: dict[str, dict[str, NDArray]] = {}
    if portrait is not None:
        views["portrait"] = _portrait(portrait)
    if subject.rolled_out and isinstance(subject.kinematics, System):
        views["motion"] = _motion(subject, subject.kinematics)
    return write_rollouts(folder, views, FILE_NAME) if views else None


def read_views(folder: Path) -> dict[str, dict[str, NDArray]]:
    """Read ``portrait`` and ``motion`` of a run; what there is none of is left out.

    Raises:
        ValueError: if the run has no views, or the file is not whole.
    """
    views: dict[str, dict[str, NDArray]] = {}
    with reading(folder, FILE_NAME) as archive:
        for key in archive.files:
            view, _, name = key.partition("/")
            views.setdefault(view, {})[name] = archive[key]
    return views


def _portrait(portrait: Portrait) -> dict[str, NDArray]:
    energies = {"true_energy": portrait.true_energy, "learned_energy": portrait.learned_energy}
    return {
        "q": portrait.plane.q,
        "p": portrait.plane.p,
        "names": np.array(portrait.names),
        "fixed_names": np.array(list(portrait.fixed), dtype=str),
        "fixed_values": np.array(list(portrait.fixed.values()), dtype=float),
        "levels": portrait.levels,
        "path_truth": portrait.path_truth[:PATHS].astype(np.float32),
        "path_model": portrait.path_model[:PATHS].astype(np.float32),
        **{k: v.astype(np.float32) for k, v in energies.items() if v is not None},
    }


def _motion(subject: Subject, system: System) -> dict[str, NDArray]:
    """Return the parts of the system along the first rollout and its truth, from the start."""
    arrays = subject.arrays
    t = arrays["t"]
    end = int(np.searchsorted(t, PERIODS * system.time_scale, side="right"))
    shown = slice(0, max(2, end), max(1, -(-end // SAMPLES)))
    sketches = {
        whose: system.sketch(torch.from_numpy(arrays[whose][0, shown]))
        for whose in ("truth", "model")
    }
    sketch = sketches["truth"]
    return {
        "t": t[shown],
        **{whose: one.points.numpy().astype(np.float32) for whose, one in sketches.items()},
        "links": np.array(sketch.links, dtype=int).reshape(-1, 2),
        "fixed": np.array(sketch.fixed, dtype=int),
        "axes": np.array(sketch.axes),
        "trails": np.array(sketch.trails),
    }
