"""A quantum particle that cannot leave its well."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from .packets import HIGHER, ParticleOnLine
from .sampling import random_signs, uniform, within_energy


class BoundParticle(ParticleOnLine):
    """Wave packets as wide as the ground state of a well, in or about the bottom of one.

    Subclasses have the parameter ``frequency``, the angular frequency at the bottom of a well.
    """

    frequency: float

    def check_bound(self, reach: float) -> None:
        """Refuse grids that do not hold the packets, and energies below that of one at rest.

        Args:
            reach: how far from the middle a particle of the largest energy turns.

        Raises:
            ValueError: naming what must hold, and what was got.
        """
        self.check_room(reach, math.sqrt(2 * HIGHER * self.energy_scale))
        rest = float(self.at_rest(torch.tensor([self.bottom], dtype=torch.float64)))
        if rest >= self.energy[0] * self.frequency:
            raise ValueError(
                f"system.energy must start above {rest / self.frequency:.4g} omega, the energy of "
                f"a wave packet at rest in a well; got {list(self.energy)} omega."
            )

    @property
    def energy_unit(self) -> tuple[float, str]:
        """The quantum of the oscillation at the bottom of a well."""
        return self.frequency, "omega"

    @property
    def packet_width(self) -> float:
        """That of the ground state at the bottom of a well."""
        return 1 / math.sqrt(2 * self.frequency)

    @property
    def bottom(self) -> float:
        """How far from the middle wells have their bottoms, in natural units; 0 is one well."""
        return 0.0

    def _draw(
        self, total: Float[Tensor, "count 1"], generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Spend a random part of the energy at most on the distance from the bottom of a well.

        The momentum makes up the rest.
        """
        shape = total.shape
        bottom = self.bottom * random_signs(shape, generator)
        shift = uniform((-1, 1), shape, generator) * (2 * total).sqrt() / self.frequency
        shift, left = within_energy(shift, total, lambda y: self.at_rest(bottom + y))
        momentum = (2 * left).sqrt() * random_signs(shape, generator)
        return self.packet(bottom + shift, momentum)
