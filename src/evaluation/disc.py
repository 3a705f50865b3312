"""A disc of starts, carried along by truth and model: phase volume kept or lost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator, integrate_surviving
from ..metrics.geometry import loop_area
from ..metrics.trajectory import Ruler
from ..models.base import Dynamics
from ..systems.base import Kinematics, System
from .coordinates import Translation
from .rollout import judged_copy


@dataclass(frozen=True)
class Disc:
    """The boundary of a disc of starts over time, and the area that it encloses."""

    t: Float[Tensor, " time"]
    plane: int
    """Index i of the degree of freedom whose plane ``(q_i, p_i)`` holds the disc at the start."""
    model: Float[Tensor, "time points state"]
    """The boundary carried by the model, in canonical coordinates; NaN where it broke off."""
    model_area: Float[Tensor, " time"]
    r"""The invariant :math:`\oint p \cdot dq` over its value at the start: 1 is volume kept."""
    truth: Float[Tensor, "time points state"] | None
    """The same boundary carried by the truth; None where it is unknown."""
    truth_area: Float[Tensor, " time"] | None


def carry_disc(
    model: Dynamics,
    kinematics: Kinematics,
    integrator: Integrator,
    truth_integrator: Integrator,
    centre: Float[Tensor, " state"],
    ruler: Ruler,
    t: Float[Tensor, " time"],
    plane: int = 0,
    radius: float = 0.3,
    points: int = 200,
) -> Disc | None:
    """Carry the boundary of a disc around ``centre`` along the times ``t``.

    The disc lies in the plane ``(q_i, p_i)``, with half-axes ``radius`` times the scales of the
    ruler. With one degree of freedom its area is conserved by every Hamiltonian flow; with more,
    the sum of the areas of its shadows on all planes is. None where the masses are unknown, and
    with them the plane, or where constraints leave no room for a disc.

    Raises:
        ValueError: if there is no such plane, or there are fewer than three points.
    """
    spec = kinematics.spec
    if not 0 <= plane < spec.dof:
        raise ValueError(f"plane must be from 0 to {spec.dof - 1}; got {plane}.")
    if points < 3:
        raise ValueError(f"a disc needs three points at least; got {points}.")
    if spec.coordinates != "canonical" or "constraints" in kinematics.traits:
        return None
    starts = _circle(centre, ruler.scale, plane, radius, points)
    judged = judged_copy(model, centre.device)
    translation = Translation(kinematics, judged)
    with torch.no_grad():
        path = integrate_surviving(integrator, judged, translation.to_model(starts), t)
        carried = translation.to_reference(path.x)
        truth = _truth(kinematics, truth_integrator, starts, t)
    return Disc(
        t=t,
        plane=plane,
        model=carried,
        model_area=loop_area(carried) / loop_area(starts),
        truth=truth,
        truth_area=None if truth is None else loop_area(truth) / loop_area(starts),
    )


def _circle(centre: Tensor, scale: Tensor, plane: int, radius: float, points: int) -> Tensor:
    dof = len(centre) // 2
    angle = torch.arange(points, dtype=centre.dtype, device=centre.device) * (2 * math.pi / points)
    starts = centre.repeat(points, 1)
    starts[:, plane] += radius * scale[plane] * angle.cos()
    starts[:, dof + plane] += radius * scale[dof + plane] * angle.sin()
    return starts


def _truth(
    kinematics: Kinematics, integrator: Integrator, starts: Tensor, t: Tensor
) -> Tensor | None:
    if not isinstance(kinematics, System):
        return None
    exact = kinematics.exact_flow(starts, t - t[0])
    return integrate_surviving(integrator, kinematics, starts, t).x if exact is None else exact
