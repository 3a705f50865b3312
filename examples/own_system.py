"""A system of one's own: one class. Here it is followed for a long time, and its energy watched.

    python examples/own_system.py

With the yaml beside it, every command knows it as well:

    PYTHONPATH=examples python -m src.train --config-dir examples/conf system=quartic
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from src.integrators.yoshida import Yoshida4
from src.mechanics.state import StateSpec
from src.systems.natural import SeparableSystem


@dataclass(frozen=True)
class Quartic(SeparableSystem):
    """One mass on a spring whose force grows with the cube: H = p^2/2m + k q^4/4."""

    mass: float = 1.0
    """Mass m, in kg."""
    stiffness: float = 1.0
    """Spring constant k, in N/m^3."""
    amplitude: Sequence[float] = (0.5, 1.5)
    """Range of the amplitudes of training motions, in m."""

    @property
    def spec(self):
        return StateSpec(positions=("q",), angular=(False,))

    @property
    def masses(self):
        return (self.mass,)

    @property
    def time_scale(self):
        """The period at the mean amplitude A: 7.416 sqrt(m/k) / A."""
        return 7.4163 * (self.mass / self.stiffness) ** 0.5 / (sum(self.amplitude) / 2)

    @property
    def energy_scale(self):
        return self.stiffness * self.amplitude[1] ** 4 / 4

    def potential(self, q):
        return self.stiffness * q.pow(4).sum(-1) / 4

    def sample_initial(self, count, generator):
        return self._at_rest(*self.amplitude, count, generator)

    def sample_higher_energy(self, count, generator):
        return self._at_rest(self.amplitude[1], 1.2 * self.amplitude[1], count, generator)

    def _at_rest(self, low, high, count, generator):
        q = low + (high - low) * torch.rand(count, 1, generator=generator, dtype=torch.float64)
        return torch.cat((q, torch.zeros_like(q)), dim=-1)


def main() -> None:
    system = Quartic()
    x0 = system.sample_initial(5, torch.Generator().manual_seed(0))
    t = torch.linspace(0, 20 * system.time_scale, 201, dtype=torch.float64)
    path = Yoshida4(step=0.02).integrate(system, x0, t)
    energy = system.hamiltonian(path.x)
    change = ((energy - energy[0]) / system.energy_scale).abs().max()
    print(f"20 periods, {path.field_evaluations} forces: energy kept to {change:.1e}")


if __name__ == "__main__":
    main()
