"""Symmetries that the law of motion is known to have: motions stand for their images as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import torch
from torch import Tensor

from ..systems.base import Kinematics, System
from .bounds import check_choice
from .trajectories import Trajectories

CLOSE = 1e-6
"""How far exact rates at images may be from the images of rates, over the size of these."""


def parity(motions: Trajectories) -> Trajectories:
    """Return the motions mirrored at the origin: all but the time changes its sign."""
    return replace(
        motions,
        x=-motions.x,
        dx=_negative(motions.dx),
        clean=_negative(motions.clean),
        u=_negative(motions.u),
    )


def time_reversal(motions: Trajectories) -> Trajectories:
    """Return the motions played backwards: momenta (or velocities) change their sign.

    Raises:
        ValueError: if the state is not made of pairs, or impacts cut the motions.
    """
    if not motions.spec.paired or motions.piece is not None:
        raise ValueError(
            "data.symmetries=[time_reversal] needs smooth motions of pairs (q, p) or (q, v); got "
            f"{', '.join(motions.spec.names[:4])}{', with impacts' if motions.spec.paired else ''}."
        )
    last = motions.mask.sum(dim=1, keepdim=True) - 1
    rows = torch.arange(len(motions)).unsqueeze(-1)
    back = motions.at((rows, (last - torch.arange(motions.t.shape[1])).clamp(min=0)), motions.mask)
    sign = torch.ones(motions.spec.size, dtype=motions.x.dtype)
    sign[motions.spec.dof :] = -1
    return replace(
        back,
        t=motions.t[:, :1] + motions.t[:, -1:] - back.t,
        x=sign * back.x,
        dx=None if back.dx is None else -sign * back.dx,
        clean=None if back.clean is None else sign * back.clean,
    )


SYMMETRIES: dict[str, Callable[[Trajectories], Trajectories]] = {
    "parity": parity,
    "time_reversal": time_reversal,
}


def check_symmetries(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names as a tuple.

    Raises:
        ValueError: if one is unknown, or they are no list.
    """
    if isinstance(names, str):
        raise ValueError(f"data.symmetries must be a list of names; got {names!r}.")
    for name in names:
        check_choice("data.symmetries", name, tuple(SYMMETRIES))
    return tuple(names)


def with_images(
    motions: Trajectories, names: Sequence[str], kinematics: Kinematics
) -> Trajectories:
    """Return the motions and their images under all products of the symmetries.

    What is learned from both sees less of the noise, as it has to suit both. The law of a
    recording is not known: there it is the user who says so.

    Raises:
        ValueError: if the known law of a simulated system does not have a symmetry.
    """
    for name in names:
        images = SYMMETRIES[name](motions)
        if isinstance(kinematics, System):
            _check(name, images, kinematics)
        motions = _joined(motions, images)
    return motions


def _check(name: str, images: Trajectories, system: System) -> None:
    """Refuse images that are no motions: their velocity is not the rate of the law there."""
    if images.clean is None:
        return
    exact = replace(images, x=images.clean, dx=system.rate(images.clean, images.u))
    moved = SYMMETRIES[name](exact)
    truth = system.rate(moved.x, moved.u)
    assert moved.dx is not None
    wrong = float((moved.dx - truth)[moved.mask].norm() / truth[moved.mask].norm())
    if not wrong <= CLOSE:
        raise ValueError(
            f"data.symmetries=[{name}] must be a symmetry of the system; the images of motions of "
            f"{type(system).__name__} are none: their rates are off by {100 * wrong:.2g} %. Leave "
            f"it out."
        )


def _joined(one: Trajectories, other: Trajectories) -> Trajectories:
    """Return two sets of equally many samples as one."""
    both = {}
    for name in (field.name for field in fields(Trajectories)):
        pair = getattr(one, name), getattr(other, name)
        both[name] = torch.cat(pair) if all(isinstance(x, Tensor) for x in pair) else pair[0]
    return Trajectories(**both)


def _negative(x: Tensor | None) -> Tensor | None:
    return None if x is None else -x
