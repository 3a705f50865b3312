"""What a learned energy is worth to who steers by it: torques of a wanted motion, a swing-up."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from ..data.simulation import simulate_driven
from ..mechanics.hamiltonian import Energy
from ..mechanics.state import split_state
from ..signals.feedback import EnergyShaping
from ..systems.jointed_rods import JointedRods
from ..systems.pendulum_swingup import PendulumSwingup
from .control import catch_times
from .curve import Anchor, Curve
from .quantity import state, times
from .robotics import inverse_dynamics_of

PERIODS, POINTS = 2.0, 41
"""Length of a wanted motion of an arm, in typical periods, and the times at which it is asked."""
SWINGS, STARTS = 10.0, 8
"""Typical periods in which a pendulum should stand, and the swings that it starts from."""


def torques(system: JointedRods) -> Mapping[str, Curve]:
    """Return the torques of the motors that swing an arm to and fro, joint after joint.

    Nothing for arms with fewer motors than joints: they cannot follow every motion.
    """
    if len(system.spec.inputs) < system.spec.dof:
        return {}
    t = torch.linspace(0, PERIODS * system.time_scale, POINTS, dtype=torch.float64)
    q, v, a = swinging(system, t)

    def joint(i: int, energy: Energy) -> Float[Tensor, " time"]:
        try:
            return inverse_dynamics_of(energy, q, v, a)[:, i]
        except ValueError:  # no momenta have these velocities
            return torch.full_like(t, torch.nan)

    return {
        f"torque_{i + 1}": Curve(
            meaning=f"of motor {i + 1} of an arm that swings to and fro, but for friction",
            axis="time (s)",
            points=t,
            unit="N m",
            value=lambda energy, i=i: joint(i, energy),
            exact=joint(i, system.hamiltonian),
            source="inverse dynamics of the true arm",
            error_unit="%",
            relative=True,
        )
        for i in range(system.spec.dof)
    }


def swinging(
    system: JointedRods, t: Float[Tensor, " time"]
) -> tuple[Float[Tensor, "time dof"], Float[Tensor, "time dof"], Float[Tensor, "time dof"]]:
    """Return angles, rates and accelerations of joints that swing, each a quarter period later.

    To half the largest angle of training, in two typical periods.
    """
    rate = 2 * math.pi / (PERIODS * system.time_scale)
    late = math.pi / 2 * torch.arange(system.spec.dof, dtype=torch.float64)
    phase, size = rate * t.unsqueeze(-1) - late, system.angle / 2
    return size * phase.sin(), size * rate * phase.cos(), -size * rate**2 * phase.sin()


def swing_up(system: PendulumSwingup) -> Mapping[str, Curve]:
    """Return when the true pendulum stands that is pumped by the law, of an energy of its choice.

    From rest at several distances from hanging; starts without a time are outside the law's basin.
    """
    low, high = system.amplitude
    amplitudes = torch.linspace(low, high, STARTS, dtype=torch.float64)
    hanging = torch.stack((math.pi + amplitudes, torch.zeros_like(amplitudes)), dim=-1)
    t, law = times(system.time_scale, SWINGS, samples=30), EnergyShaping()

    def standing(energy: Energy) -> Float[Tensor, " starts"]:
        x, _ = simulate_driven(system, hanging, t, "reference", law.by(system, energy))
        angle, rate = split_state(system.to_velocity(x))
        return catch_times(t, angle[..., 0], rate[..., 0], upright=0.0)

    return {
        "swing_up": Curve(
            meaning="until a pendulum pumped by this energy can be held upright",
            axis="amplitude of the first swing (rad)",
            points=amplitudes,
            unit="s",
            value=standing,
            exact=standing(system.hamiltonian),
            source="the law with the true energy",
            anchor=Anchor(state(0.0, 0.0), 0.0),
        )
    }
