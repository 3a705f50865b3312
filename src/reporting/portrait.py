"""A phase portrait: motions of truth and model, and both energies on the plane around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..evaluation.coordinates import Translation
from ..evaluation.rollout import judged_copy
from ..evaluation.scores import known_energy, learned_energy
from ..models.base import Dynamics
from ..systems.base import System
from .section import Section, align, jumps, levels_of, round_turns, section
from .subject import Subject

Array = NDArray[np.float64]
MOST_UNPAIRED = 6
"""Components of a state without pairs up to which a plane of two of them is drawn."""


@dataclass(frozen=True)
class Portrait:
    """The plane of two components through a typical state, seen from above."""

    plane: Section
    names: tuple[str, str]
    """Of the components."""
    fixed: Mapping[str, float]
    """What the others are on the plane; empty where there are none, or constraints bind them."""
    true_energy: Array | None
    """``[rows, columns]``; None where nobody knows it, or the plane meets the states in a point."""
    learned_energy: Array | None
    """The same of the model, in units of the true one; None where the model has none."""
    levels: Array
    """Energies whose level sets are drawn."""
    path_truth: Array
    """``[trajectories, time, 2]``"""
    path_model: Array


def portrait(subject: Subject) -> Portrait | None:
    """Return the portrait of the first pair (q, p) through a typical state.

    An angle that goes round is shown within a turn. Without levels where constraints bind the
    states: the plane meets their manifold in a point. None for states of many components that are
    no pairs: two of them tell nothing of the rest, and where there are no rollouts.
    """
    if not subject.rolled_out:
        return None
    arrays, spec = subject.arrays, subject.kinematics.spec
    if not spec.paired and spec.size > MOST_UNPAIRED:
        return None
    truth, rollouts, pair = arrays["truth"].copy(), arrays["model"].copy(), list(spec.planes[0])
    if spec.angular[0] and np.ptp(truth[..., 0]) > 2 * np.pi:
        truth[..., 0], rollouts[..., 0] = round_turns(truth[..., 0]), round_turns(rollouts[..., 0])
    if isinstance(subject.kinematics, System) and subject.kinematics.impact is not None:
        size = np.ptp(truth[..., pair[1]])
        for paths in (truth, rollouts):
            paths[jumps(paths[..., pair[1]], size)] = np.nan
    typical = truth[0, 0]
    plane = section(truth, typical, plane=spec.planes[0])
    bound = "constraints" in subject.kinematics.traits
    true, learned, levels = _energies(subject, plane, bound)
    others = (k for k in range(spec.size) if k not in pair and not bound)
    return Portrait(
        plane,
        names=(spec.names[pair[0]], spec.names[pair[1]]),
        fixed={spec.names[k]: float(typical[k]) for k in others},
        true_energy=true,
        learned_energy=learned,
        levels=levels,
        path_truth=truth[..., pair],
        path_model=rollouts[..., pair],
    )


def _energies(
    subject: Subject, plane: Section, bound: bool
) -> tuple[Array | None, Array | None, Array]:
    """Return the true and the learned energy on the plane, the latter aligned, and levels."""
    translation = Translation(subject.kinematics, judged_copy(subject.model, torch.device("cpu")))
    model = translation.motion
    assert isinstance(model, Dynamics)
    states = torch.from_numpy(plane.states)
    known = None if bound else known_energy(subject.kinematics)
    with torch.no_grad():
        own = translation.to_model(states)
        energy = learned_energy(model, own)
        true = None if known is None else known(states).numpy()
        learned = None if energy is None else energy(own).numpy()
    if true is None:
        return None, learned, np.array([]) if learned is None else levels_of(learned)
    levels = levels_of(true)
    return true, None if learned is None else align(learned, true, levels[-1]), levels
