"""What the flow of a model does to phase space."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator, integrate_surviving
from ..mechanics.state import split_state
from ..metrics.geometry import Chart, defect_in_chart, divergence_in_chart
from ..metrics.statistics import statistics
from ..metrics.trajectory import Ruler
from ..systems.base import Kinematics, System
from .coordinates import Translation
from .flow import flow_jacobian
from .scores import Figure

DIVERGENCE_STATES = 64
MOST_DIRECTIONS = 256
"""Directions in which flows are differentiated, of all starts together: fewer starts are taken of
states with many components, two at least."""


def geometry(
    translation: Translation,
    integrator: Integrator,
    states: Float[Tensor, "states state"],
    ruler: Ruler,
    times: Float[Tensor, " time"],
    starts: int,
) -> dict[str, object]:
    """Return the geometry part of a record, over the flow through ``times``, one time scale long.

    ``states`` are true ones, in the reference coordinates. The figures at the top of the record
    are in the true momenta, the same for every model; ``own_momentum`` holds those in the momenta
    that a Lagrangian model learned. A flow may keep the volume of the one and not of the other.
    """
    true_chart, own_chart = translation.true_chart(), translation.own_chart()
    x = translation.to_model(spread(states, DIVERGENCE_STATES))
    starts = min(starts, max(2, MOST_DIRECTIONS // states.shape[-1]))
    x0 = translation.to_model(spread(states, starts))
    sizes = Ruler.of(translation.to_model(states), translation.kinematics.spec).scale
    if true_chart is None and own_chart is None:  # nothing asks for a derivative
        end = integrate_surviving(integrator, translation.motion, x0, times).x[-1]
        derivative = torch.full_like(end, math.nan).unsqueeze(-1)
    else:
        end, derivative = flow_jacobian(integrator, translation.motion, x0, times, sizes)
    span = float(times[-1] - times[0])

    def defect(chart: Chart | None) -> Figure:
        if chart is None:
            return None
        finite = torch.isfinite(end).all(-1) & torch.isfinite(derivative).all(-1).all(-1)
        values = torch.full_like(end[:, 0], math.nan)
        if bool(finite.any()):
            values[finite] = defect_in_chart(derivative[finite], x0[finite], end[finite], chart)
        return statistics(values)

    def divergence(chart: Chart | None) -> Figure:
        if chart is None or not translation.has_rates:
            return None
        return statistics(divergence_in_chart(translation.field, x, chart).abs() * span)

    return {
        "symplecticity_defect": defect(true_chart),
        "divergence": divergence(true_chart),
        "own_momentum": {
            "symplecticity_defect": defect(own_chart),
            "divergence": divergence(own_chart),
        },
        "reversibility": reversibility(
            translation,
            integrator,
            spread(states, starts),
            translation.to_reference(end),
            ruler,
            times,
        ),
    }


def reversibility(
    translation: Translation,
    integrator: Integrator,
    starts: Float[Tensor, "starts state"],
    there: Float[Tensor, "starts state"],
    ruler: Ruler,
    times: Float[Tensor, " time"],
) -> dict[str, Figure]:
    """Return how far from the start one comes back, in units of the states' spread.

    ``there`` is where the model takes the ``starts`` through ``times``, in reference coordinates.
    ``forward_backward`` integrates there and back in time: any field passes, so that it judges the
    integrator. ``momentum_flip`` flows, reverses the momenta, flows, and reverses them again:
    where ``H(q, -p) = H(q, p)`` the true motion returns, and the model must have learned to.
    """

    def flow(x: Tensor, t: Tensor) -> Tensor:
        states = translation.to_model(x)
        path = integrate_surviving(integrator, translation.motion, states, t)
        return translation.to_reference(path.x[-1])

    alive = torch.isfinite(there).all(dim=-1)

    def returned(back: Tensor) -> Figure:
        values = torch.full_like(starts[:, 0], math.nan)
        values[alive] = ruler.distance(back, starts[alive])
        return statistics(values)

    if not bool(alive.any()):
        nowhere = statistics(torch.full_like(starts[:, 0], math.nan))
        return {
            "forward_backward": nowhere,
            "momentum_flip": nowhere if is_reversible(translation.kinematics) else None,
        }
    figures: dict[str, Figure] = {"forward_backward": None, "momentum_flip": None}
    if translation.turns_back:
        figures["forward_backward"] = returned(flow(there[alive], times.flip(0)))
    if is_reversible(translation.kinematics):
        figures["momentum_flip"] = returned(_flip(flow(_flip(there[alive]), times)))
    return figures


def is_reversible(kinematics: Kinematics) -> bool:
    """Return whether reversing the momenta is known to reverse the true motion."""
    return isinstance(kinematics, System) and kinematics.reversible


def geometry_times(
    t: Float[Tensor, " samples"], time_scale: float, whole: bool = False
) -> Float[Tensor, " time"]:
    """Return times over one time scale, spaced like ``t``: some integrators step on the grid.

    In ``whole`` steps of t, which last one time scale nearly.
    """
    spacing = float((t[-1] - t[0]).abs()) / (len(t) - 1)
    steps = max(1, round(time_scale / spacing))
    end = steps * spacing if whole else time_scale
    return torch.linspace(0.0, end, steps + 1, dtype=t.dtype, device=t.device)


def spread(states: Float[Tensor, "states state"], count: int) -> Float[Tensor, "chosen state"]:
    """Return ``count`` of the states (or all, if there are fewer), evenly spaced in their order."""
    count = min(count, len(states))
    rows = torch.linspace(0, len(states) - 1, count, dtype=torch.float64).round().long()
    return states[rows.to(states.device)]


def _flip(x: Tensor) -> Tensor:
    q, p = split_state(x)
    return torch.cat((q, -p), dim=-1)
