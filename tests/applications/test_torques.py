"""Torques of wanted motions, against M a + c + g in closed form."""

import pytest
import torch

from src.applications.robotics import inverse_dynamics, inverse_dynamics_of
from src.mechanics.state import split_state
from src.systems.double_pendulum import DoublePendulum
from src.systems.swing_leg import SwingLeg

LEG, ARM = SwingLeg(stop=0.0), DoublePendulum(mass_2=0.7, length_2=1.3)


@pytest.mark.parametrize("arm", [LEG, ARM])
def test_torques_are_inertia_and_centrifugal_forces_and_weight(arm):
    generator = torch.Generator().manual_seed(0)
    q, v, a = torch.randn(3, 10, 2, generator=generator, dtype=torch.float64)
    sin = arm.inertias(q)[0, 1] * (q[:, 0] - q[:, 1]).sin()
    centrifugal = torch.stack((sin * v[:, 1] ** 2, -sin * v[:, 0] ** 2), dim=-1)
    weight = torch.tensor(arm.weights, dtype=torch.float64) * q.sin()
    inertial = (arm.mass_matrix(q) @ a.unsqueeze(-1)).squeeze(-1)
    expected = inertial + centrifugal + weight
    torch.testing.assert_close(inverse_dynamics(arm.lagrangian, q, v, a), expected)
    torch.testing.assert_close(inverse_dynamics_of(arm.hamiltonian, q, v, a), expected)


def test_a_motion_by_itself_needs_no_torque():
    x = LEG.sample_initial(5, torch.Generator().manual_seed(0))
    q, v = split_state(LEG.to_velocity(x))
    _, a = split_state(LEG.velocity_rate(x, LEG.vector_field(x)))
    torques = inverse_dynamics(LEG.lagrangian, q, v, a)
    torch.testing.assert_close(torques, torch.zeros_like(torques), atol=1e-12, rtol=0)


def test_the_torques_of_inputs_are_found_again():
    """What drives a leg at hip and knee is what its motion needs."""
    x = LEG.sample_initial(5, torch.Generator().manual_seed(0))
    u = torch.tensor([3.0, -2.0], dtype=torch.float64).expand(5, 2)
    q, v = split_state(LEG.to_velocity(x))
    _, a = split_state(LEG.velocity_rate(x, LEG.rate(x, u)))
    torch.testing.assert_close(
        inverse_dynamics_of(LEG.hamiltonian, q, v, a), LEG.actuation(q, u), atol=1e-10, rtol=0
    )
