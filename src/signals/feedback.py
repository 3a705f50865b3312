"""Signals that answer to the state: control laws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..mechanics.hamiltonian import Energy, energy_gradient
from ..mechanics.state import split_state
from ..systems.ports import OpenSystem
from .base import Law, Signal, check_number, check_one_each, scale


@dataclass(frozen=True)
class EnergyShaping(Signal):
    r"""Pump energy in or out until the system has the wanted one: the swing-up law.

    .. math:: u = -k\,(H - H^*)\,y, \qquad \dot H = -k\,(H - H^*)\,|y|^2

    with the output y that belongs to the input, and u limited in size.

    Source:
        K. J. Astrom, K. Furuta, *Swinging up a pendulum by energy control*, Automatica 36 (2000),
        eq. (8).

    Raises:
        ValueError: if the gain or the limit is not positive, or the wanted energy is no number.
    """

    gain: float = 0.5
    """Gain k, in units of input per (J unit of output)."""
    energy: float = 0.0
    """The wanted energy H*, in J."""
    limit: float = 1.0
    """Largest input, in the typical inputs of the system."""

    def __post_init__(self) -> None:
        check_number("gain", self.gain, 0)
        check_number("energy", self.energy)
        check_number("limit", self.limit, 0)

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Return the law; nothing is random."""
        return self.by(system, system.hamiltonian)

    def by(self, system: OpenSystem, energy: Energy) -> Law:
        """Return the law of somebody who takes this for the energy: a learned one, perhaps."""
        most = self.limit * scale(system)

        def law(t: float, x: Tensor) -> Tensor:
            excess = energy(x) - self.energy
            u = -self.gain * excess.unsqueeze(-1) * system.output(x)
            return torch.minimum(torch.maximum(u, -most.to(u)), most.to(u))

        return law


@dataclass(frozen=True)
class Regulation(Signal):
    r"""Hold a place by springs, dampers and the forces that balance the potential there.

    .. math:: u = \partial V / \partial q - K_p (q - q^*) - K_d v

    for systems with one input per coordinate. In continuous time the shaped energy
    :math:`H_d = \tfrac12 v^T M v + \tfrac12 K_p |q - q^*|^2` falls at the rate :math:`-K_d |v|^2`,
    from which the motion comes to rest at q*.

    Source:
        M. Takegaki, S. Arimoto, *A new feedback method for dynamic control of manipulators*,
        J. Dyn. Sys. Meas. Control 103 (1981), 119-125.

    Raises:
        ValueError: if the gains are not positive.
    """

    stiffness: float = 1.0
    """K_p, in typical inputs of the system per unit of a coordinate."""
    damping: float = 1.0
    """K_d, in typical inputs of the system per unit of a coordinate and time scale / 2 pi."""
    target: float = 0.0
    """The place q*, the same for all coordinates, in their units."""

    def __post_init__(self) -> None:
        check_number("stiffness", self.stiffness, 0)
        check_number("damping", self.damping, 0)
        check_number("target", self.target)

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Return the law; nothing is random.

        Raises:
            ValueError: if the system has not one input per coordinate.
        """
        check_one_each(system, "regulation")
        spring = self.stiffness * scale(system)
        damper = self.damping * scale(system) * system.time_scale / (2 * math.pi)

        def law(t: float, x: Tensor) -> Tensor:
            q, v = split_state(system.to_velocity(x))
            at_rest = system.to_canonical(torch.cat((q, torch.zeros_like(v)), dim=-1))
            slope, _ = split_state(energy_gradient(system.hamiltonian, at_rest))
            return slope - spring.to(q) * (q - self.target) - damper.to(q) * v

        return law
