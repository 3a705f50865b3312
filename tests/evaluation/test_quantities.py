"""What people would measure, of models whose motions are known."""

import math

import pytest
import torch

from src.evaluation.coordinates import Translation
from src.evaluation.quantities import quantities_record
from src.integrators.dop853 import DOP853
from src.systems.kepler import Kepler
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum

from .known_motions import BlowsUp, Plain, Recording

CPU = torch.device("cpu")
PENDULUM = Pendulum(mass=0.7, length=1.3)


class Known(Plain):
    """The field of a system, in its own coordinates or in velocities, as a model of another."""

    def __init__(self, system, coordinates="canonical"):
        super().__init__(system.spec.expressed_in(coordinates))
        self.system = system

    def forward(self, t, x, u=None):
        if self.coordinates == "canonical":
            return self.system.vector_field(x)
        canonical = self.system.to_canonical(x)
        return self.system.velocity_rate(canonical, self.system.vector_field(canonical))


def judged(model, system):
    return quantities_record(Translation(system, model), DOP853(rtol=1e-9, atol=1e-9), CPU, False)


@pytest.mark.parametrize("coordinates", ["canonical", "velocity"])
def test_a_pendulum_on_another_planet_is_slower(coordinates):
    moon = Pendulum(mass=0.7, length=1.3, gravity=9.81 * 0.81)
    found = judged(Known(moon, coordinates), PENDULUM)["period"]
    true = PENDULUM.period(1.3)
    assert found["unit"] == "s"
    assert "1.3 rad" in found["meaning"]
    assert found["true"] == pytest.approx(true, rel=1e-5)
    assert found["model"] == pytest.approx(true / 0.9, rel=1e-5)


def test_a_heavier_sun_is_seen_in_the_year():
    found = judged(Known(Kepler(gravitational_parameter=4.4 * math.pi**2)), Kepler())
    assert found["period"]["true"] == pytest.approx(1.25**1.5, rel=1e-5)
    assert found["period"]["model"] < 0.9 * found["period"]["true"]
    assert found["perihelion_advance"]["true"] == pytest.approx(0, abs=1e-3)


def test_a_motion_that_breaks_off_has_no_number():
    assert judged(BlowsUp(PENDULUM.spec), PENDULUM)["period"]["model"] is None


def test_recordings_and_systems_without_quantities_have_none():
    assert judged(BlowsUp(Recording().spec), Recording()) == {}
    assert judged(Known(MassSpring()), MassSpring()) == {}
