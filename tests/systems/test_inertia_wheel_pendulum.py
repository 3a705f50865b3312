import math

import pytest
import torch

from src.mechanics.state import split_state
from src.mechanics.symplectic import jacobian
from src.systems.inertia_wheel_pendulum import InertiaWheelPendulum
from src.systems.pendulum_swingup import PendulumSwingup

SYSTEM = InertiaWheelPendulum()


def states(count=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 4, generator=generator, dtype=torch.float64)


def test_the_energy_is_the_closed_form():
    x = states()
    theta, _, p_1, p_2 = x.unbind(-1)
    kinetic = (p_1 - p_2) ** 2 / (2 * 0.1) + p_2**2 / (2 * 0.2)
    torch.testing.assert_close(SYSTEM.hamiltonian(x), kinetic + 10 * (theta.cos() - 1))


def test_the_kinetic_energy_is_that_of_pendulum_and_wheel():
    velocity = states()
    _, v = split_state(velocity)
    swing, wheel = v[:, 0], v.sum(-1)
    potential = SYSTEM.potential(velocity[:, :2])
    kinetic = (0.1 * swing**2 + 0.2 * wheel**2) / 2
    torch.testing.assert_close(SYSTEM.lagrangian(velocity), kinetic - potential)


def test_upright_it_falls_over_at_the_rate_of_a_pendulum_without_a_wheel():
    top = torch.zeros(4, dtype=torch.float64)
    rates = torch.linalg.eigvals(jacobian(SYSTEM.vector_field, top)).real.sort().values
    assert rates.tolist() == pytest.approx([-10, 0, 0, 10], abs=1e-12)
    assert SYSTEM.frequency == pytest.approx(10)


def test_undriven_it_swings_as_a_pendulum_and_the_wheel_keeps_its_angular_momentum():
    length = 9.81 * 0.1 / 10
    bob = PendulumSwingup(mass=0.1 / length**2, length=length)
    x = states()
    theta, _, p_theta, p_phi = x.unbind(-1)
    alone = bob.vector_field(torch.stack((theta, p_theta - p_phi), dim=-1))
    rate = SYSTEM.vector_field(x)
    torch.testing.assert_close(rate[:, 0], alone[:, 0])
    torch.testing.assert_close(rate[:, 2], alone[:, 1])
    assert not rate[:, 3].any()


def test_the_motor_turns_the_wheel_and_the_pendulum_in_opposite_ways():
    x, u = torch.zeros(1, 4).double(), torch.ones(1, 1).double()
    _, v = split_state(SYSTEM.velocity_rate(x, SYSTEM.rate(x, u)))
    assert v[0].tolist() == pytest.approx([-1 / 0.1, 1 / 0.1 + 1 / 0.2])
    assert float(SYSTEM.output(states(1))) == pytest.approx(
        float(SYSTEM.to_velocity(states(1))[0, 3])
    )


def test_the_flows_of_kinetic_and_potential_energy_need_a_frictionless_system():
    with pytest.raises(ValueError, match="InertiaWheelPendulum has friction"):
        InertiaWheelPendulum(wheel_damping=0.1).split()
    assert not InertiaWheelPendulum(wheel_damping=0.1).invariants(states())


def test_an_amplitude_beyond_upright_is_refused():
    with pytest.raises(ValueError, match=r"system.amplitude must stay below pi rad.*got 3.5 rad"):
        InertiaWheelPendulum(amplitude=(0.3, 3.5))


def test_the_sketch_shows_the_pendulum_and_a_wheel_that_turns_with_it():
    x = torch.tensor([0.0, math.pi / 2, 0.0, 0.0], dtype=torch.float64)
    points = SYSTEM.sketch(x).points
    assert points[:3].flatten().tolist() == pytest.approx([0, 0, 0, 1, -0.3, 1], abs=1e-15)
    assert (points[2:] - points[1]).norm(dim=-1).tolist() == pytest.approx([0.3] * 6)
