"""Clusters in virial equilibrium, and the law that they share with three bodies."""

import math

import pytest
import torch

from src.mechanics.state import split_state
from src.systems.n_body import NBody
from src.systems.three_body import ThreeBody


def starts(system, count=50):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_starts_are_in_virial_equilibrium_at_the_energy_of_their_radius(dimensions):
    system = NBody(mass=(0.5, 1.0, 2.0, 0.1), dimensions=dimensions, radius=(2.0, 2.0 + 1e-9))
    x = starts(system)
    q, _ = split_state(x)
    energy = torch.full((50,), -(3.6**2) / (4 * 2.0)).double()
    torch.testing.assert_close(system.hamiltonian(x), energy)
    torch.testing.assert_close(system.potential(q), 2 * energy)


def test_standard_units():
    system = NBody(mass=(0.25,) * 4, radius=(1.0, 1.0 + 1e-9))
    assert system.energy_scale == pytest.approx(1 / 4)
    assert system.time_scale == pytest.approx(2 * math.sqrt(2))


def test_three_of_them_are_the_three_bodies():
    many = NBody(mass=(1.0, 2.0, 0.5), gravitation=1.3, softening=0.05)
    three = ThreeBody(mass_2=2.0, mass_3=0.5, gravitation=1.3)
    x = starts(many)
    assert many.spec == three.spec
    torch.testing.assert_close(many.vector_field(x), three.vector_field(x))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mass": (1.0,)}, r"from 2 to 64 positive masses; got \[1\.0\] kg"),
        ({"mass": (1.0, -1.0)}, r"from 2 to 64 positive masses"),
        ({"softening": 0.3}, r"at most a quarter of the smallest radius, 0\.225 m; got 0\.3 m"),
    ],
)
def test_clusters_that_cannot_be_are_refused(changed, reason):
    with pytest.raises(ValueError, match=reason):
        NBody(**changed)
