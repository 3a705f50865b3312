"""Quantities of linkages, cars and walkers, and the experiments that measure them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..mechanics.state import split_state
from ..signals.road import IsoRoad
from ..systems.base import System
from ..systems.compass_gait import CompassGait
from ..systems.crank_mechanism import CrankMechanism
from ..systems.four_bar_reduced import FourBarReduced
from ..systems.quarter_car_road import QuarterCarRoad
from . import biomechanics, mechanical
from .passages import slope
from .quantity import Quantity, state, times

GRAVITY = 9.80665
"""Standard acceleration of gravity, in m/s^2."""
RIDE = 4.0
"""Duration of a ride, in s: some four bounces of a body."""


def linkage(system: CrankMechanism) -> Mapping[str, Quantity]:
    """Return how the follower moves by the crank, and how evenly the crank turns."""
    speed = _middle_speed(system)
    start = system.moving(speed.new_zeros(()), speed)
    t = times(system.time_scale, 1.5)

    def ratio(t: Tensor, x: Tensor) -> float:
        _, v = split_state(system.to_velocity(x))
        driven = mechanical.transmission_ratio(v[:, 0], v[:, 2])
        return float(driven.abs().max())

    unit = "" if all(system.spec.angular) else "m/rad"
    return {
        "transmission_ratio": Quantity(
            unit,
            "the largest, of the follower's speed over the crank's, in a turn",
            start,
            t,
            ratio,
        ),
        "speed_fluctuation": _fluctuation(system, start),
    }


def crank(system: FourBarReduced) -> Mapping[str, Quantity]:
    """Return how evenly the crank turns."""
    speed = _middle_speed(system.linkage)
    inertia = float(system.linkage.inertia(speed.new_zeros(())))
    start = state(0.0, inertia * float(speed))
    return {"speed_fluctuation": _fluctuation(system, start)}


def _fluctuation(system: System, start: Tensor) -> Quantity:
    def read(t: Tensor, x: Tensor) -> float:
        return mechanical.speed_fluctuation(split_state(system.to_velocity(x))[1][:, 0])

    meaning = "of the crank in a turn: fastest less slowest, over the mean of both"
    return Quantity("", meaning, start, times(system.time_scale, 1.5), read)


def _middle_speed(system: CrankMechanism) -> Tensor:
    """Return the speed of the crank along the x axis amid the range of training, in rad/s."""
    speed = (1 + sum(system.excess) / 2) * system.least_speed
    return torch.tensor(speed, dtype=torch.float64)


def ride(system: QuarterCarRoad) -> Mapping[str, Quantity]:
    """Return what passengers and tyre feel of a road."""
    t = times(system.time_scale, RIDE / system.time_scale, samples=30)
    road = IsoRoad()
    law = road.draw(system, 1, torch.Generator().manual_seed(0))
    rest = torch.zeros(1, system.spec.size, dtype=torch.float64)
    u = torch.cat([law(float(now), rest) for now in t])
    static = (system.body_mass + system.wheel_mass) * GRAVITY
    which = f"on a road of class {road.roughness} at {road.speed:g} m/s, in {RIDE:g} s"

    def comfort(t: Tensor, x: Tensor) -> float:
        return mechanical.weighted_rms(t, slope(t, x[:, 2]) / system.body_mass)

    def holding(t: Tensor, x: Tensor) -> float:
        return mechanical.tyre_load_variation(system.tyre_load(x) + static, static)

    return {
        "comfort": Quantity(
            "m/s^2",
            f"the body's acceleration as felt (ISO 2631-1) {which}",
            rest[0],
            t,
            comfort,
            u,
        ),
        "tyre_load_variation": Quantity(
            "", f"rms of the tyre's load over the static one {which}", rest[0], t, holding, u
        ),
    }


def gait(system: CompassGait) -> Mapping[str, Quantity]:
    """Return period and step of the gait that goes on for ever."""
    t = times(system.time_scale, 4.2)

    def strikes(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        swing, stance = x[:, 0], x[:, 1]
        return biomechanics.strikes(t, swing + stance + 2 * system.incline, swing - stance)

    def duration(t: Tensor, x: Tensor) -> float | None:
        return biomechanics.gait_period(strikes(t, x)[0])

    def length(t: Tensor, x: Tensor) -> float | None:
        return biomechanics.step_length(strikes(t, x)[1], system.length)

    which = "of the gait that goes on for ever, mean over its next four strikes"
    return {
        "gait_period": Quantity("s", f"from strike to strike, {which}", system.gait, t, duration),
        "step_length": Quantity("m", f"between the feet, {which}", system.gait, t, length),
    }
