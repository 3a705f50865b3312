import math
import re

import pytest
import torch

from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.state import split_state
from src.mechanics.symplectic import jacobian
from src.systems.cr3bp import RestrictedThreeBody

from .motions import motion

MOON = RestrictedThreeBody()
M = 0.0121505856
ROUTH = (1 - math.sqrt(23 / 27)) / 2


def starts(system, count=300):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def at_rest(system, q):
    return system.to_canonical(torch.cat((q, torch.zeros_like(q)), dim=-1))


def moving(count=20):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 4, generator=generator, dtype=torch.float64)


def test_the_lagrange_points_of_earth_and_moon():
    points = MOON.lagrange_points()
    assert points[:3, 0].tolist() == pytest.approx([0.836915, 1.155682, -1.005063], abs=6e-7)
    assert points[:3, 1].tolist() == [0, 0, 0]
    assert points[3].tolist() == pytest.approx([0.5 - M, math.sqrt(0.75)])
    assert points[4].tolist() == pytest.approx([0.5 - M, -math.sqrt(0.75)])


@pytest.mark.parametrize("ratio", [1e-6, M, 0.3, 0.5])
def test_a_body_at_rest_in_a_lagrange_point_stays(ratio):
    system = RestrictedThreeBody(mass_ratio=ratio)
    assert system.vector_field(at_rest(system, system.lagrange_points())).abs().max() < 1e-11


def test_lagranges_first_points_lie_at_hills_distance_from_a_small_body():
    """(m / 3)^(1/3), in the limit of a small mass."""
    points, hill = RestrictedThreeBody(mass_ratio=3e-9).lagrange_points(), 1e-3
    assert float(1 - points[0, 0]) == pytest.approx(hill, rel=1e-3)
    assert float(points[1, 0] - 1) == pytest.approx(hill, rel=1e-3)


def test_jacobis_constants_of_the_lagrange_points():
    constants = MOON.jacobi_constant(at_rest(MOON, MOON.lagrange_points())).tolist()
    assert constants == pytest.approx([3.18834, 3.17216, 3.01215, 2.98800, 2.98800], abs=6e-6)
    assert constants[3] == pytest.approx(3 - M + M**2, rel=1e-15)


def test_jacobis_constant_and_the_hamiltonian_of_the_textbook():
    """H = |p|^2 / 2 + p_x y - p_y x - (1 - m) / r1 - m / r2, and C = -2 H."""
    state = moving()
    x, y, px, py = state.unbind(-1)
    r1, r2 = torch.hypot(x + M, y), torch.hypot(x - 1 + M, y)
    textbook = (px**2 + py**2) / 2 + px * y - py * x - (1 - M) / r1 - M / r2
    torch.testing.assert_close(MOON.jacobi_constant(state), -2 * textbook)
    torch.testing.assert_close(MOON.hamiltonian(state), textbook + (3 - M + M**2) / 2)


def test_the_lagrangian_of_the_textbook():
    state = moving()
    x, y, vx, vy = state.unbind(-1)
    r1, r2 = torch.hypot(x + M, y), torch.hypot(x - 1 + M, y)
    textbook = ((vx - y) ** 2 + (vy + x) ** 2) / 2 + (1 - M) / r1 + M / r2
    torch.testing.assert_close(MOON.lagrangian(state), textbook - (3 - M + M**2) / 2)


def frequencies(system):
    l4 = at_rest(system, system.lagrange_points()[3:4])
    return torch.linalg.eigvals(jacobian(system.vector_field, l4))[0]


def test_the_frequencies_of_libration_about_l4():
    modes = frequencies(MOON)
    assert modes.real.abs().max() < 1e-12
    assert sorted(modes.imag.tolist())[2:] == pytest.approx([0.298208, 0.954501], abs=6e-7)
    assert modes.imag.abs().square().sum() / 2 == pytest.approx(1.0), "their squares add up to one"


def test_the_triangular_points_are_stable_up_to_rouths_ratio():
    assert pytest.approx(0.0385209, abs=6e-8) == ROUTH
    assert frequencies(RestrictedThreeBody(mass_ratio=ROUTH - 1e-6)).real.abs().max() < 1e-9
    assert frequencies(RestrictedThreeBody(mass_ratio=ROUTH + 1e-6)).real.max() > 1e-3


def test_in_the_frame_that_does_not_turn_newtons_law_holds():
    """Momenta are velocities there, and both bodies attract from where they are at that time."""
    x0, t = torch.tensor([0.6, 0.5, -0.2, 0.7], dtype=torch.float64), 0.8
    q, p = split_state(torch.from_numpy(motion(MOON, x0, t, precision=1e-12).y[:, -1]))
    turn = torch.tensor([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]]).double()

    def newton(s, state):
        place, velocity = state[:2], state[2:]
        axis = torch.tensor([math.cos(s), math.sin(s)], dtype=torch.float64)
        to_heavy, to_light = -M * axis - place, (1 - M) * axis - place
        pull = (1 - M) * to_heavy / to_heavy.norm() ** 3 + M * to_light / to_light.norm() ** 3
        return torch.cat((velocity, pull))

    state, steps = x0, 400
    h = t / steps
    for i in range(steps):
        k1 = newton(i * h, state)
        k2 = newton((i + 0.5) * h, state + h / 2 * k1)
        k3 = newton((i + 0.5) * h, state + h / 2 * k2)
        k4 = newton((i + 1) * h, state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    torch.testing.assert_close(torch.cat((turn @ q, turn @ p)), state, rtol=0, atol=1e-8)


def test_the_gyroscopic_force_is_at_right_angles_to_the_velocity():
    """What is left of the acceleration, with the force of V taken off, does no work."""
    x = moving()
    velocity = MOON.to_velocity(x)
    _, v = split_state(velocity)
    _, acceleration = split_state(MOON.velocity_rate(x, MOON.vector_field(x)))
    force = -energy_gradient(lambda q, t=None: MOON.potential(q), split_state(x)[0])
    coriolis = torch.stack((2 * v[:, 1], -2 * v[:, 0]), dim=-1)
    torch.testing.assert_close(acceleration - force, coriolis)


def test_reversed_motions_run_in_the_mirror():
    """Not (q, -p), but the reflection y -> -y with it, is a motion backwards in time."""
    x = moving()
    mirror = torch.tensor([1, -1, -1, 1], dtype=torch.float64)
    torch.testing.assert_close(MOON.vector_field(mirror * x), -mirror * MOON.vector_field(x))


def test_l4_is_the_highest_place():
    q = moving(200)[:, :2]
    assert (MOON.potential(q) < 0).all()
    assert MOON.potential(MOON.lagrange_points()[3:]).abs().max() < 1e-30


def test_starts_lie_on_the_orbit_of_the_light_body_about_sixty_degrees_ahead():
    q, v = split_state(MOON.to_velocity(starts(MOON, 2000)))
    x, y = q[:, 0] + M, q[:, 1]
    torch.testing.assert_close(torch.hypot(x, y), torch.ones(2000, dtype=torch.float64))
    angle = torch.atan2(y, x) - math.pi / 3
    assert 0.049 < float(angle.abs().max()) <= 0.05
    assert angle.mean().abs() < 0.003
    assert 0.0149 < float(v.norm(dim=-1).max()) <= 0.015


def test_starts_keep_near_l4():
    """For a libration of three turns of the large bodies, each of the widest and fastest starts."""
    x = starts(MOON, 200)
    fastest = x[MOON.hamiltonian(x).argmax()]
    path = torch.from_numpy(motion(MOON, fastest, 20.0, precision=1e-9).y[:2].T.copy())
    assert (path - MOON.lagrange_points()[3]).norm(dim=-1).max() < 0.4


@pytest.mark.parametrize("value", [0, -0.1, 0.51, math.nan, math.inf])
def test_the_mass_ratio_is_that_of_the_lighter_body(value):
    message = "system.mass_ratio must be positive and at most 0.5, the lighter body's share; got "
    with pytest.raises(ValueError, match=re.escape(f"{message}{value} of the total mass.")):
        RestrictedThreeBody(mass_ratio=value)
