"""Which quantities a system has, and the experiments that measure them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import singledispatch

import torch
from torch import Tensor

from ..mechanics.state import split_state
from ..systems import orbit
from ..systems.base import Kinematics
from ..systems.charged_particle_b import ChargedParticleB
from ..systems.compass_gait import CompassGait
from ..systems.coulomb_scatter import CoulombScatter
from ..systems.crank_mechanism import CrankMechanism
from ..systems.finance.beja_goldman import BejaGoldman
from ..systems.finance.goodwin_cycle import GoodwinCycle
from ..systems.four_bar_reduced import FourBarReduced
from ..systems.kepler import Kepler
from ..systems.pendulum import Pendulum
from ..systems.quarter_car_road import QuarterCarRoad
from ..systems.satellite_j2 import SatelliteJ2
from ..systems.swing_leg import SwingLeg
from ..systems.two_level import TwoLevel
from . import biomechanics, celestial, machines, particle, quantum
from .finance.cycles import decay, turn_time
from .passages import period
from .quantity import Quantity, state, times


@singledispatch
def quantities(system: Kinematics) -> Mapping[str, Quantity]:
    """Return what people of its field would measure of a system, by name; most have nothing yet.

    Starts lie well inside the training distribution, and motions last long enough to read each
    quantity also where a model is a third too slow.
    """
    return {}


quantities.register(CrankMechanism, machines.linkage)
quantities.register(FourBarReduced, machines.crank)
quantities.register(QuarterCarRoad, machines.ride)
quantities.register(CompassGait, machines.gait)


@quantities.register
def _(system: Pendulum) -> Mapping[str, Quantity]:
    if not system.frictionless:
        return {}
    amplitude = sum(system.amplitude) / 2

    def read(t: Tensor, x: Tensor) -> float | None:
        return period(t, x[:, 0])

    return {
        "period": Quantity(
            system.time_unit,
            f"of the swing that starts at rest at {amplitude:.3g} rad",
            state(amplitude, 0.0),
            times(system.time_scale, 3.2),
            read,
        )
    }


@quantities.register
def _(system: Kepler) -> Mapping[str, Quantity]:
    axis, eccentricity = sum(system.semi_major_axis) / 2, system.eccentricity / 2
    start, t = _at_apocentre(system, axis, eccentricity), times(system.time_scale, 3.2)
    which = f"of the orbit with a = {axis:.3g} AU, e = {eccentricity:.3g}"

    def years(t: Tensor, x: Tensor) -> float | None:
        return celestial.orbital_period(t, split_state(x)[0])

    def degrees(t: Tensor, x: Tensor) -> float | None:
        advance = celestial.apsidal_advance(t, *split_state(x))
        return None if advance is None else math.degrees(advance)

    found = {"period": Quantity("yr", f"time of a turn, {which}", start, t, years)}
    if eccentricity > 0:  # a circle has no perihelion
        found["perihelion_advance"] = Quantity(
            "deg per turn", f"how far the ellipse turns, {which}", start, t, degrees
        )
    return found


@quantities.register
def _(system: SatelliteJ2) -> Mapping[str, Quantity]:
    axis, tilt = sum(system.semi_major_axis) / 2, system.inclination / 2
    speed = math.sqrt(system.gravitational_parameter / axis)
    start = state(axis, 0.0, 0.0, 0.0, speed * math.cos(tilt), speed * math.sin(tilt))

    def degrees_a_day(t: Tensor, x: Tensor) -> float:
        return math.degrees(celestial.node_rate(t, *split_state(x))) * 86.4

    return {
        "node_rate": Quantity(
            "deg/day",
            f"how the orbit's plane turns, a = {axis:.3g} Mm, i = {math.degrees(tilt):.3g} deg",
            start,
            times(system.time_scale, 4.0),
            degrees_a_day,
        )
    }


@quantities.register
def _(system: TwoLevel) -> Mapping[str, Quantity]:
    lower = 1 if system.detuning >= 0 else 0
    start, t = torch.zeros(4, dtype=torch.float64), times(system.time_scale, 3.2)
    start[lower] = math.sqrt(2)

    def frequency(t: Tensor, x: Tensor) -> float | None:
        return quantum.rabi_frequency(t, quantum.population(x, 1 - lower))

    def probability(t: Tensor, x: Tensor) -> float:
        return quantum.transition_probability(t, quantum.population(x, 1 - lower))

    return {
        "rabi_frequency": Quantity(
            "MHz", "how often the atom goes from the lower level and back", start, t, frequency
        ),
        "transition_probability": Quantity(
            "", "the largest, to find it in the upper level", start, t, probability
        ),
    }


@quantities.register
def _(system: ChargedParticleB) -> Mapping[str, Quantity]:
    speed = sum(system.speed) / 2
    start = system.to_canonical(state(0.0, 0.0, 0.0, speed, 0.0, 0.0))

    def read(t: Tensor, x: Tensor) -> float | None:
        return particle.cyclotron_frequency(t, split_state(system.to_velocity(x))[1])

    return {
        "cyclotron_frequency": Quantity(
            "Hz",
            f"how often the velocity turns, of a track with {speed:.3g} m/s across the field",
            start,
            times(system.time_scale, 3.2),
            read,
        )
    }


@quantities.register
def _(system: CoulombScatter) -> Mapping[str, Quantity]:
    speed, offset = sum(system.speed) / 2, system.offset / 2
    start = state(-system.distance, offset, system.mass * speed, 0.0)

    def degrees(t: Tensor, x: Tensor) -> float:
        return math.degrees(particle.deflection(split_state(system.to_velocity(x))[1]))

    return {
        "deflection": Quantity(
            "deg",
            f"of a particle that comes with {speed:.3g} m/s, {offset:.3g} m beside the centre",
            start,
            times(system.time_scale, 2.0),
            degrees,
        )
    }


@quantities.register
def _(system: SwingLeg) -> Mapping[str, Quantity]:
    if not system.frictionless:
        return {}
    thigh, knee = system.flexion / 2, system.knee / 4

    def read(t: Tensor, x: Tensor) -> float | None:
        return biomechanics.swing_period(t, x[:, 0])

    return {
        "swing_period": Quantity(
            "s",
            f"from swing to swing of the thigh, let go {thigh:.3g} rad in front",
            state(thigh, thigh - knee, 0.0, 0.0),
            times(system.time_scale, 4.0),
            read,
        )
    }


@quantities.register
def _(system: GoodwinCycle) -> Mapping[str, Quantity]:
    highest = system.full + 0.6 * (system.employment[1] - system.full)

    def read(t: Tensor, x: Tensor) -> float | None:
        return period(t, x[:, 0])

    return {
        "period": Quantity(
            system.time_unit,
            f"of the cycle whose highest employment is {highest:.4g}",
            state(math.log(system.wage_share), math.log(highest)),
            times(system.time_scale, 3.2),
            read,
        )
    }


@quantities.register
def _(system: BejaGoldman) -> Mapping[str, Quantity]:
    if abs(system.damping) >= 2 * math.sqrt(system.stiffness):
        return {}  # prices do not turn
    start = state(sum(system.mispricing) / 2, 0.0)

    def read(t: Tensor, x: Tensor) -> float | None:
        damping = decay(t, x[:, 0], x[:, 1])
        return None if damping is None else system.trend_followers + damping / system.adaptation

    return {
        "critical_strength": Quantity(
            "",
            "of trend followers, b*, at which prices would cycle for ever: b and what prices lose",
            start,
            times(system.time_scale, 3.2),
            read,
        ),
        "period": Quantity(
            system.time_unit,
            "from one rise of the price through its value to the next",
            start,
            times(system.time_scale, 3.2),
            lambda t, x: turn_time(t, x[:, 0]),
        ),
    }


def _at_apocentre(system: Kepler, axis: float, eccentricity: float) -> Tensor:
    """Return the slowest point of an orbit, half a turn from its pericentre on the x axis."""
    a, e, half = (torch.tensor([v], dtype=torch.float64) for v in (axis, eccentricity, math.pi))
    position, velocity = orbit.on_ellipse(a, e, half, system.gravitational_parameter)
    return torch.cat((position[0, :2], velocity[0, :2]))
