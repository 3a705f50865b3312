"""Hamiltonian neural networks with a quadratic part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import StateSpec
from .energy_net import UNTRAINED, EnergyNet, typical_energy
from .learned_hamiltonian import LearnedHamiltonian


class QuadraticEnergy(EnergyNet):
    r"""``E(x) = energy_scale * (b.y + y.Ay / 2 + net(y))`` with the features y of x.

    b and A are learned; the net begins small beside them.
    """

    def __init__(self, angular: Sequence[bool], width: int, depth: int, activation: str) -> None:
        super().__init__(angular, width, depth, activation)
        count = self.features.count
        self.linear = nn.Parameter(torch.zeros(count))
        self.quadratic = nn.Parameter(torch.zeros(count, count))
        with torch.no_grad():
            self.net.output.weight.mul_(UNTRAINED)

    def forward(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy at ``x``."""
        y = self.features(x)
        form = (y * (self.linear + y @ self.quadratic / 2)).sum(-1)
        return self.energy_scale * (form + self.net(y))

    def gradient(
        self, x: Float[Tensor, "*batch size"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch size"]:
        """Return ``dE/dx`` in closed form."""
        y, slopes = self.features.with_slopes(x)
        # Only the symmetric part of A is seen.
        form = self.linear + y @ (self.quadratic + self.quadratic.mT) / 2
        return self.energy_scale * self.features.pull(form + self.net.gradient(y), slopes)


class QuadraticHNN(LearnedHamiltonian):
    r"""Learn ``H = b.y + y.Ay / 2 + net(y)`` of features y: numbers, cosines, sines of angles.

    Kinetic energies are quadratic in momenta, springs in positions, and the energy of a pendulum is
    linear in the cosine: where little or noisy data cannot tell, the energy is such a form. What
    differs from it, the net learns; ``restraint`` weighs the mean square of its slopes, in units of
    the rates, against the misfit.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., sections 1.6 and 6.2: kinetic energies, and
        small oscillations.

    Raises:
        ValueError: if the restraint is negative.
    """

    kind: ClassVar[str] = "quadratic_hnn"

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "tanh",
        restraint: float = 0.0,
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        if not 0 <= restraint < math.inf:
            raise ValueError(f"model.restraint must be zero or positive; got {restraint}.")
        self.restraint = restraint
        self.hamiltonian = QuadraticEnergy(self.spec.angles, width, depth, activation)

    def scale_nets(self) -> None:
        """Give the energy the scales of states and rates."""
        self.hamiltonian.fit(self.x_mean, self.x_scale, typical_energy(self.x_scale, self.dx_scale))

    def penalty(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, ""]:
        """Return the restraint of the net."""
        if not self.restraint:
            return super().penalty(x)
        slope = self.hamiltonian.net.gradient(self.hamiltonian.features(x))
        return self.restraint * slope.square().mean()
