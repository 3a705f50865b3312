import math

import pytest
import torch

from src.mechanics.state import split_state
from src.systems.charged_particle_b import ChargedParticleB

from .motions import motion

SYSTEM = ChargedParticleB(mass=1.3, charge=0.7, magnetic_field=2.1)
DRIFTING = ChargedParticleB(mass=1.3, charge=0.7, magnetic_field=2.1, electric_field=0.6)


def starts(system, count=20):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("mass", "field", "hertz"),
    [(9.1093837e-31, 1.0, 27.9925e9), (1.67262192e-27, 5.0, 76.226e6)],
    ids=["electron", "proton"],
)
def test_the_cyclotron_frequencies_of_electron_and_proton(mass, field, hertz):
    particle = ChargedParticleB(mass=mass, charge=1.602176634e-19, magnetic_field=field)
    assert particle.cyclotron_frequency / (2 * math.pi) == pytest.approx(hertz, rel=1e-5)


def test_the_field_is_lorentz_force():
    x = starts(DRIFTING)
    _, v = split_state(DRIFTING.to_velocity(x))
    _, acceleration = split_state(DRIFTING.velocity_rate(x, DRIFTING.vector_field(x)))
    magnetic = torch.tensor([0.0, 0.0, 2.1], dtype=x.dtype).expand_as(v)
    electric = torch.tensor([0.6, 0.0, 0.0], dtype=x.dtype)
    force = 0.7 * (electric + torch.linalg.cross(v, magnetic))
    torch.testing.assert_close(1.3 * acceleration, force)


def test_an_orbit_closes_after_a_period_and_has_the_radius_of_its_speed():
    x = starts(SYSTEM)
    period = torch.tensor([0.0, 0.5, 1.0], dtype=x.dtype) * SYSTEM.time_scale
    start, across, end = SYSTEM.exact_flow(x, period)
    torch.testing.assert_close(end[:, :2], start[:, :2])
    _, v = split_state(SYSTEM.to_velocity(x))
    radius = v[:, :2].norm(dim=-1) / SYSTEM.cyclotron_frequency
    torch.testing.assert_close((across - start)[:, :2].norm(dim=-1), 2 * radius)


def test_orbits_drift_across_both_fields():
    x = starts(DRIFTING)
    end = DRIFTING.exact_flow(x, torch.tensor([DRIFTING.time_scale], dtype=x.dtype))[0]
    q, v = split_state(DRIFTING.to_velocity(end))
    before, _ = split_state(x)
    assert DRIFTING.drift == pytest.approx(-0.6 / 2.1)
    torch.testing.assert_close(q[:, 0], before[:, 0])
    torch.testing.assert_close(
        q[:, 1] - before[:, 1], (0 * v + DRIFTING.drift)[:, 1] * DRIFTING.time_scale
    )


def test_the_drifting_orbit_solves_the_field():
    x = starts(DRIFTING, 1)[0]
    end = DRIFTING.exact_flow(x, torch.tensor([5.0], dtype=x.dtype))[0]
    assert motion(DRIFTING, x, 5.0).y[:, -1] == pytest.approx(end.numpy(), abs=1e-7)


def test_the_angular_momentum_is_that_of_motion_and_field():
    x = starts(SYSTEM)
    q, v = split_state(SYSTEM.to_velocity(x))
    mechanical = 1.3 * (q[:, 0] * v[:, 1] - q[:, 1] * v[:, 0])
    expected = mechanical + 0.7 * 2.1 / 2 * q[:, :2].square().sum(-1)
    torch.testing.assert_close(SYSTEM.invariants(x)["angular_momentum_z"], expected)


def test_invariants_are_kept_with_an_electric_field():
    x = starts(DRIFTING)
    path = DRIFTING.exact_flow(x, torch.tensor([0.7, 31.0], dtype=x.dtype))
    assert set(DRIFTING.invariants(x)) == {"momentum_z", "centre_momentum_y"}
    for name, value in DRIFTING.invariants(x).items():
        torch.testing.assert_close(DRIFTING.invariants(path)[name], value.expand(2, -1))


@pytest.mark.parametrize("electric_field", [0.3, -0.3])
def test_higher_energies_lie_above_training_with_an_electric_field(electric_field):
    system = ChargedParticleB(electric_field=electric_field)
    higher = system.sample_higher_energy(300, torch.Generator().manual_seed(0))
    training = system.hamiltonian(starts(system, 300))
    assert system.hamiltonian(higher).min() >= training.max()
