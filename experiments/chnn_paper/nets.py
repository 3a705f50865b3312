"""The model and the loss of Finzi et al., where ours differ: no scales, plain errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from src.integrators.base import Integrator
from src.losses.rollout import RolloutLoss
from src.losses.window import follow
from src.mechanics.constraints import combine, solve
from src.mechanics.problem import Canonical
from src.mechanics.state import StateSpec, split_state
from src.mechanics.symplectic import jacobian_at_once
from src.models.base import Dynamics
from src.models.energy_net import EnergyNet
from src.systems.four_points import body_momentum, body_velocity

from ..hnn_paper.nets import redraw
from ..unscaled import Unscaled


class PaperCHNN(Unscaled):
    r"""Their CHNN: states (x, v), a mass for each point, momenta p = M v inside, Dirac's field.

    The projection ``I - J Phi_x^T (Phi_x J Phi_x^T)^-1 Phi_x`` as in
    :func:`src.mechanics.constraints.dirac_field`, with the blocks of Phi_x in closed form, as
    their code has them. An extended body is four points, with one mass and three second moments.
    """

    kind: ClassVar[str] = "chnn"
    learns = "hamiltonian"
    represents = frozenset({"constraints"})
    conserves = frozenset({"energy", "constraints"})
    needs = frozenset({"constraints"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 256,
        depth: int = 3,
        activation: str = "tanh",
        dimension: int = 2,
        extended: bool = False,
    ) -> None:
        super().__init__(spec.expressed_in("velocity"))
        assert spec.known.constraints is not None
        self.phi, size = spec.known.constraints, len(spec.positions)
        self.dimension, self.extended = dimension, extended
        self.log_mass = nn.Parameter(0.1 * torch.randn(size // dimension))
        self.potential = EnergyNet([False] * size, width, depth, activation)
        redraw(self.potential.net)

    def momentum(self, v: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M v``."""
        mass = self.log_mass.exp()
        if self.extended:
            return body_momentum(v, mass[0], mass[1:])
        return v * mass.repeat_interleave(self.dimension)

    def velocity(self, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return ``M^-1 p``."""
        mass = self.log_mass.exp()
        if self.extended:
            return body_velocity(p, mass[0], mass[1:])
        return p / mass.repeat_interleave(self.dimension)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, dv/dt)``."""
        q, v = split_state(x)

        def rate(y: Tensor) -> Tensor:
            moving = v.expand_as(y)
            return torch.func.jvp(self.phi, (y,), (moving,))[1]

        rows, turned = jacobian_at_once(self.phi, q), jacobian_at_once(rate, q)
        none = torch.zeros_like(rows)
        by_q, by_p = torch.cat((rows, turned), -2), torch.cat((none, self.velocity(rows)), -2)
        free = torch.cat((v, -self.potential.gradient(q)), dim=-1)
        bound = torch.cat((by_q, by_p), dim=-1)
        directions = torch.cat((by_p, -by_q), dim=-1).mT
        field = free - combine(directions, solve(bound @ directions, combine(bound, free)))
        velocity, force = split_state(field)
        return torch.cat((velocity, self.velocity(force)), dim=-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``v^T M v / 2 + V``."""
        q, v = split_state(x)
        return (v * self.momentum(v)).sum(-1) / 2 + self.potential(q)

    def canonical(self) -> Canonical:
        """Return the field in ``p = M v``."""

        def second(x: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
            q, y = split_state(x)
            return torch.cat((q, change(y)), dim=-1)

        def leave(y: Tensor) -> Tensor:
            return second(y, self.velocity)

        def field(t: Tensor, y: Tensor) -> Tensor:
            return second(self(t, leave(y)), self.momentum)

        return Canonical(field, lambda x: second(x, self.momentum), leave)


@dataclass(frozen=True)
class AbsoluteRollout(RolloutLoss):
    """Their loss: the mean size of the errors ahead, in the units of positions and velocities."""

    def error(
        self, model: Dynamics, integrator: Integrator, t: Tensor, x: Tensor, u: Tensor | None
    ) -> Float[Tensor, ""]:
        """Return the error of all samples, the exact first one included."""
        assert math.isclose(self.discount, 1.0)
        assert u is None
        return (follow(model, integrator, t, x[:, 0]) - x).abs().mean()
