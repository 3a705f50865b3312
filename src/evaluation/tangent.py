"""A motion together with its linearisation: how flows are differentiated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator, integrate_surviving
from ..mechanics.problem import Canonical, Field, Mechanical, Split
from ..mechanics.state import Coordinates, split_state


@dataclass(frozen=True)
class TangentMotion:
    r"""The variational equations :math:`\dot x = f(x),\ \dot\delta = f'(x)\,\delta` of a motion.

    Runge-Kutta methods, symplectic or not, commute with differentiation: on this motion they
    return the exact derivative of their own numerical flow, forwards only, without keeping a
    record of the steps. States are ``(q, delta q, y, delta y)``, so that halves stay halves.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VI.4, lemma 4.1.
    """

    motion: Mechanical

    @property
    def coordinates(self) -> Coordinates:
        """Those of the motion."""
        return self.motion.coordinates

    def field(self) -> Field:
        """Return the field and its derivative."""
        return Field(_lift_field(self.motion.field().f))

    def canonical(self) -> Canonical:
        """Return the canonical field and its derivative, and those of the maps.

        Raises:
            ValueError: if the motion has no momenta.
        """
        problem = self.motion.canonical()
        return Canonical(_lift_field(problem.f), _lift(problem.enter), _lift(problem.leave))

    def split(self) -> Split:
        """Return the two flows and their derivatives.

        Raises:
            ValueError: if the motion is not separable.
        """
        problem = self.motion.split()
        return Split(_lift_half(problem.velocity), _lift_half(problem.force))


def flow_jacobian(
    integrator: Integrator,
    motion: Mechanical,
    x0: Float[Tensor, "starts state"],
    t: Float[Tensor, " time"],
) -> tuple[Float[Tensor, "starts state"], Float[Tensor, "starts state state"]]:
    """Return where the flow from ``t[0]`` to ``t[-1]`` takes each start, and its Jacobian there."""
    size = x0.shape[-1]
    directions = torch.eye(size, dtype=x0.dtype, device=x0.device)
    directions = directions.unsqueeze(1).expand(size, *x0.shape)
    lifted = join(x0.expand_as(directions), directions)
    end, columns = part(integrate_surviving(integrator, TangentMotion(motion), lifted, t).x[-1])
    return end[0], columns.permute(1, 2, 0)


def join(x: Tensor, delta: Tensor) -> Tensor:
    """Return ``(q, delta q, y, delta y)``."""
    (q, y), (dq, dy) = split_state(x), split_state(delta)
    return torch.cat((q, dq, y, dy), dim=-1)


def part(joined: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``x`` and ``delta`` of ``(q, delta q, y, delta y)``."""
    q, dq, y, dy = joined.chunk(4, dim=-1)
    return torch.cat((q, y), dim=-1), torch.cat((dq, dy), dim=-1)


def _lift_field(f: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda t, joined: _lift(lambda x: f(t, x))(joined)


def _lift(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def lifted(joined: Tensor) -> Tensor:
        x, delta = part(joined)
        return join(*torch.func.jvp(function, (x,), (delta,)))

    return lifted


def _lift_half(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def lifted(half: Tensor) -> Tensor:
        x, delta = split_state(half)
        return torch.cat(torch.func.jvp(function, (x,), (delta,)), dim=-1)

    return lifted
