import math

import pytest
import torch

from src.mechanics.state import split_state
from src.mechanics.symplectic import jacobian
from src.systems.cart_pole import CartPole
from src.systems.pendulum_swingup import PendulumSwingup

SYSTEM = CartPole(cart_mass=1.3, pole_mass=0.4, length=0.9, gravity=3.7)


def states(count=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 4, generator=generator, dtype=torch.float64)


def test_the_accelerations_are_those_of_the_cart_pole_of_gym():
    """Gym's equations, with its half length 0.5 m and the factor 4/3 of the uniform pole."""
    system = CartPole(gravity=9.8)
    masspole, total, half = 0.1, 1.1, 0.5
    velocity, force = states(), 10 * states(seed=1)[:, :1]
    _, theta, _, theta_dot = velocity.unbind(-1)
    sin, cos = theta.sin(), theta.cos()
    temp = (force[:, 0] + masspole * half * theta_dot**2 * sin) / total
    theta_acc = (9.8 * sin - cos * temp) / (half * (4.0 / 3.0 - masspole * cos**2 / total))
    x_acc = temp - masspole * half * theta_acc * cos / total
    x = system.to_canonical(velocity)
    _, acceleration = split_state(system.velocity_rate(x, system.rate(x, force)))
    torch.testing.assert_close(acceleration, torch.stack((x_acc, theta_acc), dim=-1))


def test_the_energies_are_those_of_a_cart_and_of_many_small_parts_of_the_pole():
    """Parts followed in the plane, by the chain rule alone; the Gauss rule sums them exactly."""
    q, v = split_state(states(1)[0])
    at = torch.tensor([-1, 1], dtype=torch.float64) / math.sqrt(3)
    along = 0.45 * (1 + at)

    def parts(coordinates):
        place, theta = coordinates
        return torch.stack((place + along * theta.sin(), along * theta.cos()))

    places, speeds = torch.func.jvp(parts, (q,), (v,))
    kinetic = 1.3 * v[0] ** 2 / 2 + 0.2 * speeds.square().sum() / 2
    torch.testing.assert_close(v @ SYSTEM.mass_matrix(q) @ v / 2, kinetic)
    height = 3.7 * 0.2 * (places[1] - along).sum()
    torch.testing.assert_close(SYSTEM.potential(q), height)


@pytest.mark.parametrize(("angle", "root"), [(math.pi, -1), (0.0, 1)])
def test_small_motions_swing_or_fall_at_the_rate_of_the_linear_equations(angle, root):
    rest = torch.tensor([0.3, angle, 0.0, 0.0], dtype=torch.float64)
    squares = torch.linalg.eigvals(jacobian(SYSTEM.vector_field, rest)).square().real.sort().values
    moving = squares[squares.abs() > 1e-6]
    assert moving.tolist() == pytest.approx([root * SYSTEM.frequency**2] * 2, rel=1e-12)


def test_a_heavy_cart_holds_the_pivot_of_a_rod():
    """A uniform rod swings like a bob at two thirds of its length."""
    heavy = CartPole(cart_mass=1e9, pole_mass=0.4, length=0.9, gravity=3.7)
    bob = PendulumSwingup(length=0.6, gravity=3.7)
    assert heavy.frequency == pytest.approx(2 * math.pi / bob.period(0.0), rel=1e-8)


def test_the_momentum_along_the_track_changes_by_the_force_and_the_friction_of_the_track():
    system = CartPole(cart_damping=0.2, pivot_damping=0.1)
    x, u = states(), states(seed=1)[:, :1]
    _, v = split_state(system.to_velocity(x))
    torch.testing.assert_close(system.rate(x, u)[:, 2], u[:, 0] - 0.2 * v[:, 0])
    assert not system.invariants(x)
    assert "momentum" in CartPole(pivot_damping=0.1).invariants(x)


def test_an_amplitude_beyond_upright_is_refused():
    with pytest.raises(ValueError, match=r"system.amplitude must stay below pi rad.*got 3.5 rad"):
        CartPole(amplitude=(0.3, 3.5))
