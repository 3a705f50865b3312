"""Following paths: what an arm is driven by that writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..mechanics.state import split_state
from ..systems.ports import OpenSystem
from .base import Law, Signal, check_number, check_one_each
from .open_loop import check_periods


@dataclass(frozen=True)
class Tracking(Signal):
    r"""Follow smooth random paths by computed torque, as an arm that writes.

    .. math:: u = M(q)\,(\ddot q_d + 2 \omega (\dot q_d - v) + \omega^2 (q_d - q) - a_0), \qquad
        q_d(t) = q^* + A \sum_{k=1}^n \bigl(\sin(2\pi t / T_k + \varphi_k) - \sin\varphi_k\bigr)

    with the acceleration :math:`a_0` that the system has without inputs; for systems with one input
    per coordinate, of a mass matrix. Inputs are held between samples, so that errors stay.

    Source:
        B. Siciliano, L. Sciavicco, L. Villani, G. Oriolo, *Robotics: Modelling, Planning and
        Control*, section 8.5.2, eqs. (8.57) and (8.59).

    Raises:
        ValueError: if the amplitude, a period or the pace is not positive.
    """

    amplitude: float = 0.3
    """A, in units of the coordinates."""
    waves: int = 3
    """Number n of the waves of each coordinate."""
    periods: Sequence[float] = (1.0, 4.0)
    """Range of the periods T, in time scales of the system."""
    target: Sequence[float] | None = None
    """The place q* where paths start, in units of the coordinates; None: zeros."""
    pace: float = 10.0
    """Rate omega at which errors vanish, in 1/s."""

    def __post_init__(self) -> None:
        check_number("amplitude", self.amplitude, 0)
        check_number("pace", self.pace, 0)
        object.__setattr__(self, "periods", check_periods(self.periods))
        if self.target is not None:
            object.__setattr__(self, "target", tuple(map(float, self.target)))

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Draw periods and phases uniformly for each motion and coordinate.

        Raises:
            ValueError: if the system has not one input per coordinate, or the place other ones.
        """
        check_one_each(system, "tracking")
        dof = system.spec.dof
        place = torch.tensor(self.target or (0.0,) * dof, dtype=torch.float64)
        if len(place) != dof:
            raise ValueError(
                f"signal.target must hold {dof} numbers, one for each of "
                f"{', '.join(system.spec.positions)}; got {place.tolist()}."
            )
        low, high = (period * system.time_scale for period in self.periods)
        draws = torch.rand((2, self.waves, count, dof), generator=generator, dtype=torch.float64)
        rate, phase = 2 * math.pi / (low + (high - low) * draws[0]), 2 * math.pi * draws[1]

        def law(t: float, x: Tensor) -> Tensor:
            q, v = split_state(system.to_velocity(x))
            angle = rate * t + phase
            there = place + self.amplitude * (angle.sin() - phase.sin()).sum(0)
            moving = self.amplitude * (rate * angle.cos()).sum(0)
            turning = -self.amplitude * (rate.square() * angle.sin()).sum(0)
            wanted = turning + 2 * self.pace * (moving - v) + self.pace**2 * (there - q)
            _, free = split_state(system.velocity_rate(x, system.rate(x)))
            # Momenta are M(q) times velocities, and so is the force for such an acceleration.
            return split_state(system.to_canonical(torch.cat((q, wanted - free), dim=-1)))[1]

        return law
