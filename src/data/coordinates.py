"""The same motions in other coordinates."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from ..mechanics.state import Coordinates
from ..systems.base import Kinematics
from .trajectories import Trajectories


def express(
    trajectories: Trajectories, kinematics: Kinematics, coordinates: Coordinates
) -> Trajectories:
    r"""Return the motions with observed states, noise-free states and rates in ``coordinates``.

    Rates transform by the Jacobian of the map of states, :math:`\dot y = Dy(x)\,\dot x`, which must
    be taken where the rate belongs. The exact rate of a noise-free motion belongs to the noise-free
    state: only there do the new rates equal those of the true motion. An estimated rate belongs to
    the observed states that it was estimated from; it then stays consistent with them (where masses
    are constant, converting and estimating even commute).

    Raises:
        ValueError: if there is no map between the two coordinates.
    """
    present = trajectories.spec.coordinates
    if coordinates == present:
        return trajectories
    if (present, coordinates) == ("canonical", "velocity"):
        state, rate = kinematics.to_velocity, kinematics.velocity_rate
    elif (present, coordinates) == ("velocity", "canonical"):
        state, rate = kinematics.to_canonical, kinematics.canonical_rate
    else:
        raise ValueError(
            f"motions can be converted between canonical and velocity coordinates only; "
            f"got {present} and {coordinates}."
        )
    return replace(
        trajectories,
        spec=trajectories.spec.expressed_in(coordinates),
        x=state(trajectories.x),
        clean=None if trajectories.clean is None else state(trajectories.clean),
        dx=None if trajectories.dx is None else rate(_base(trajectories), trajectories.dx),
    )


def _base(trajectories: Trajectories) -> Tensor:
    """Return the states that the rates belong to."""
    if trajectories.rate_of == "observed":
        return trajectories.x
    assert trajectories.clean is not None
    return trajectories.clean
