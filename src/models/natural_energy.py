"""Natural energies: learned masses and a potential."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.lagrangian import VelocityBlocks
from ..mechanics.state import split_state
from .energy_net import typical_energy
from .mass_net import ConstantMass, MassNet


def masses_of_bound(
    angular: Sequence[bool], width: int, depth: int, activation: str
) -> ConstantMass | MassNet:
    """Return masses for positions bound by constraints: constant ones, if none is an angle.

    In Cartesian coordinates they are; that is what more positions than degrees of freedom are for.
    """
    if any(angular):
        return MassNet(angular, width, depth, activation)
    return ConstantMass(len(angular))


def mass_figures(matrix: Float[Tensor, "*batch dof dof"]) -> dict[str, Tensor]:
    """Return condition number and smallest eigenvalue, ``[*batch]``, of mass matrices.

    A smallest eigenvalue that is not positive means a Lagrangian that is not convex in v there.
    """
    eigenvalues = torch.linalg.eigvalsh(matrix)
    sizes = eigenvalues.abs()
    return {
        "condition_number": sizes.amax(-1) / sizes.amin(-1),
        "smallest_eigenvalue": eigenvalues.amin(-1),
    }


@runtime_checkable
class Potential(Protocol):
    """What a natural energy asks of its potential, a module."""

    def fit(self, mean: Tensor, scale: Tensor, energy_scale: Tensor) -> None:
        """Set the scales of inputs and output."""
        ...

    def __call__(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V."""
        ...

    def gradient(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return dV/dq."""
        ...


class NaturalEnergy(nn.Module):
    """``T + V(q)``, a Hamiltonian of momenta, or ``T - V(q)``, a Lagrangian of velocities."""

    def __init__(self, kinetic: ConstantMass | MassNet, potential: Potential, sign: int) -> None:
        super().__init__()
        self.kinetic, self.potential, self.sign = kinetic, potential, sign

    def fit_momenta(
        self,
        x_mean: Float[Tensor, " state"],
        x_scale: Float[Tensor, " state"],
        dx_scale: Float[Tensor, " state"],
    ) -> None:
        """Set the scales of a Hamiltonian: untrained ``A p`` are as large as the velocities."""
        (mean, _), (spread, p), (v, _) = map(split_state, (x_mean, x_scale, dx_scale))
        self.kinetic.fit(mean, spread, (p / v).sqrt())
        self.potential.fit(mean, spread, typical_energy(x_scale, dx_scale))

    def fit_velocities(
        self,
        x_mean: Float[Tensor, " state"],
        x_scale: Float[Tensor, " state"],
        energy_scale: Float[Tensor, ""],
    ) -> None:
        """Set the scales of a Lagrangian, in whatever unit its energies are measured."""
        (mean, _), (spread, v) = split_state(x_mean), split_state(x_scale)
        if isinstance(self.kinetic, ConstantMass):
            # Cartesian velocities share one unit, and a slow one is no sign of a large mass.
            v = v.square().mean().sqrt().expand_as(v)
        self.kinetic.fit(mean, spread, v / energy_scale.sqrt())
        self.potential.fit(mean, spread, energy_scale)

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy, or the Lagrangian, at ``x = (q, y)``."""
        return self.kinetic(x) + self.sign * self.potential(split_state(x)[0])

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return its gradient in closed form."""
        t_q, t_y = split_state(self.kinetic.gradient(x))
        v_q = self.potential.gradient(split_state(x)[0])
        return torch.cat((t_q + self.sign * v_q, t_y), dim=-1)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the derivatives that equations of motion need, in closed form."""
        blocks = self.kinetic.velocity_blocks(x)
        v_q = self.potential.gradient(split_state(x)[0])
        return blocks._replace(l_q=blocks.l_q + self.sign * v_q)
