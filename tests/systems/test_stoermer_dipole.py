import math

import pytest
import torch

from src.integrators.reference import reference_motion
from src.mechanics.state import split_state
from src.systems.stoermer_dipole import StoermerDipole

from .motions import motion

SYSTEM = StoermerDipole()


def starts(system, count=20):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def test_the_force_is_that_of_a_dipole_along_z():
    """A has the curl mu (3 z r - r^2 e_z) / r^5, which is -mu / r^3 on the equator."""
    system = StoermerDipole(mass=1.3, charge=0.9, moment=15.0)
    q = starts(system)[:, :3] + torch.randn(
        20, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )
    v = torch.randn(20, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    x = system.to_canonical(torch.cat((q, v), dim=-1))
    _, acceleration = split_state(system.velocity_rate(x, system.vector_field(x)))
    r = q.norm(dim=-1, keepdim=True)
    axis = torch.tensor([0.0, 0.0, 1.0], dtype=q.dtype)
    field = 15.0 * (3 * q[:, 2:] * q - r**2 * axis) / r**5
    torch.testing.assert_close(1.3 * acceleration, 0.9 * torch.linalg.cross(v, field))


def follow(x0, horizon, samples):
    t = torch.linspace(0, horizon, samples, dtype=torch.float64)
    return t, reference_motion(SYSTEM.field().f, x0, t)


def test_speed_and_angular_momentum_stay_constant_and_the_charge_stays_trapped():
    _, path = follow(starts(SYSTEM), SYSTEM.training_horizon, 100)
    _, v = split_state(SYSTEM.to_velocity(path))
    speed = v.norm(dim=-1)
    assert (speed / speed[0] - 1).abs().max() < 1e-11
    kept = SYSTEM.invariants(path)["angular_momentum_z"]
    assert (kept / kept[0] - 1).abs().max() < 1e-11
    edge = (SYSTEM.moment / speed).sqrt()
    assert (path[..., :3].norm(dim=-1) < edge).all()


@pytest.mark.slow
def test_a_bounce_between_north_and_south_takes_the_time_of_its_pitch():
    """From the equator back to it, twice: 4 R / v (1.30 - 0.56 sin alpha), for slow charges."""
    angle, speed = 0.9, 0.25
    velocity = [0.0, speed * math.sin(angle), speed * math.cos(angle)]
    x0 = SYSTEM.to_canonical(torch.tensor([[1.0, 0, 0, *velocity]], dtype=torch.float64))
    bounce = 4 / speed * (1.30 - 0.56 * math.sin(angle))
    t, path = follow(x0, 0.6 * bounce, 300)
    height = path[:, 0, 2]
    crossing = t[1:][(height[:-1] > 0) & (height[1:] <= 0)]
    assert float(crossing[0]) == pytest.approx(bounce / 2, rel=0.03)


def test_a_charge_on_the_equator_goes_round_the_axis_on_a_circle_against_the_small_turns():
    """m v^2 / R = e v mu / R^3: the circle whose radius is Stoermer's length C."""
    speed = 0.75
    radius = math.sqrt(SYSTEM.moment / speed)
    state = torch.tensor([radius, 0, 0, 0, speed, 0], dtype=torch.float64)
    rate = SYSTEM.velocity_rate(
        SYSTEM.to_canonical(state), SYSTEM.vector_field(SYSTEM.to_canonical(state))
    )
    assert abs(float(rate[3])) == pytest.approx(speed**2 / radius)
    assert rate[[4, 5]].abs().max() < 1e-14


def test_small_turns_take_the_time_scale():
    radius = sum(SYSTEM.radius) / 2
    state = torch.tensor([radius, 0, 0, 1e-4, 0, 0], dtype=torch.float64)
    end = motion(SYSTEM, SYSTEM.to_canonical(state), SYSTEM.time_scale, precision=1e-12).y[:, -1]
    velocity = SYSTEM.to_velocity(torch.from_numpy(end))[3:]
    assert velocity.numpy() == pytest.approx([1e-4, 0, 0], abs=1e-7)


def test_starts_lie_on_the_equator_and_keep_off_the_direction_of_the_field():
    x = starts(SYSTEM, 500)
    q, v = split_state(SYSTEM.to_velocity(x))
    assert (q[:, 2] == 0).all()
    assert (v[:, 2].abs() <= 0.7 * v.norm(dim=-1) + 1e-12).all()


def test_starts_that_would_escape_are_refused():
    with pytest.raises(ValueError, match=r"must keep the charge trapped.*2.0 m/s.*system.moment"):
        StoermerDipole(speed=(0.5, 2.0))
