"""Lagrangian neural networks with explicit constraints."""

from __future__ import annotations

from typing import ClassVar, NoReturn

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import constrained_lagrangian_field, solve
from ..mechanics.lagrangian import lagrangian_energy
from ..mechanics.legendre import to_canonical
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy
from .natural_energy import NaturalEnergy, mass_figures, masses_of_bound


class CLNN(Dynamics):
    r"""Learn masses and a potential from velocities; known constraints supply their forces.

    :math:`L = v^T M v / 2 - V(q)` in more positions than there are degrees of freedom, bound by
    ``phi(q) = 0``. In Cartesian coordinates M is constant; if some positions are angles, it depends
    on the positions. Accelerations keep the constraints' rates, whatever the weights, and so the
    energy and the constraints on every motion that starts on the manifold.

    Source:
        Finzi, Wang, Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks via Explicit
        Constraints*, NeurIPS 2020, arXiv:2010.13581.

    Raises:
        ValueError: if the constraints are unknown.
    """

    kind: ClassVar[str] = "clnn"
    learns = "lagrangian"
    represents = frozenset({"constraints"})
    conserves = frozenset({"energy", "constraints"})
    needs = frozenset({"constraints"})

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("velocity"))
        assert spec.known.constraint_rows is not None
        self.phi_q = spec.known.constraint_rows
        masses = masses_of_bound(spec.angular, width, depth, activation)
        potential = EnergyNet(spec.angular, width, depth, activation)
        self.net = NaturalEnergy(masses, potential, -1)

    def _count(self, dimension: int = 1) -> int:
        """Return the number of points in a space of this dimension.

        Raises:
            ValueError: if positions are angles, or no points of that dimension.
        """
        names = self.spec.positions
        if any(self.spec.angular) or dimension < 1 or len(names) % dimension:
            space, other = "", ""
            if dimension != 1:
                space = f" of points in a space of model.dimension={dimension}"
                other = ", or another model.dimension"
            raise ValueError(
                f"model={self.kind} needs Cartesian positions{space}; got {', '.join(names)}. "
                f"Use model=clnn{other}."
            )
        return len(names) // dimension

    def scale_nets(self) -> None:
        """Give masses and potential the scales of states and rates."""
        energy_scale = typical_energy(self.x_scale, self.dx_scale)
        self.net.fit_velocities(self.x_mean, self.x_scale, energy_scale)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)``, with the forces of the constraints."""
        return constrained_lagrangian_field(self.net, self.phi_q, x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``v^T M v / 2 + V``, defined up to a scale and what vanishes on the manifold."""
        return lagrangian_energy(self.net, x)

    def lagrangian(self) -> NoReturn:
        """Refuse: the losses that ask for L know nothing of the forces of constraints.

        Raises:
            ValueError: always, with what fits.
        """
        raise ValueError(
            "the loss needs a Lagrangian that makes the motion alone, and the forces of the "
            "constraints are missing from that of model=clnn. Use loss=derivative, loss=midpoint, "
            "loss=one_step or loss=rollout."
        )

    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of M, in scaled velocities."""
        return mass_figures(self.net.kinetic.scaled_matrix(split_state(x)[0]))

    def canonical(self) -> Canonical:
        """Return the learned field in ``p = M v``."""

        def enter(x: Tensor) -> Tensor:
            return to_canonical(self.net, x)

        def leave(y: Tensor) -> Tensor:
            q, p = split_state(y)
            return torch.cat((q, solve(self.net.kinetic.matrix(q), p)), dim=-1)

        def field(t: Tensor, y: Tensor) -> Tensor:
            x = leave(y)
            return torch.func.jvp(enter, (x,), (self(t, x),))[1]

        return Canonical(field, enter, leave)
