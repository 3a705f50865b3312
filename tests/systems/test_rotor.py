import torch

from src.data.simulation import simulate
from src.integrators.runge_kutta import RungeKutta8
from src.mechanics.state import split_state
from src.systems.rotor import Rotor

SYSTEM = Rotor(mass=2.0, moments=[0.7, 1.1, 1.9])
AXES, CENTRE = torch.eye(3).double()[None], torch.zeros(1, 3).double()


def test_the_energy_is_that_of_the_moments_of_inertia():
    turning = torch.tensor([[0.3, -0.8, 0.5]], dtype=torch.float64)
    moving = torch.tensor([[1.0, 0.2, -0.4]], dtype=torch.float64)
    x = SYSTEM.of_body(AXES, CENTRE, turning, moving)
    moments = torch.tensor(SYSTEM.moments, dtype=torch.float64)
    inertia = moments.sum() - moments
    expected = ((inertia * turning.square()).sum() + 2.0 * moving.square().sum()) / 2
    torch.testing.assert_close(SYSTEM.hamiltonian(x)[0], expected)
    named = SYSTEM.invariants(x)
    torch.testing.assert_close(named["L_y"][0], inertia[1] * turning[0, 1])
    torch.testing.assert_close(named["P_x"][0], 2.0 * moving[0, 0])


def test_a_turn_about_a_principal_axis_is_steady_and_its_centre_goes_straight_on():
    draw = torch.Generator().manual_seed(0)
    axes = torch.linalg.qr(torch.randn(1, 3, 3, generator=draw).double()).Q
    axes = axes * torch.linalg.det(axes)
    centre, moving = torch.randn(2, 1, 3, generator=draw).double()
    x0 = SYSTEM.of_body(axes, centre, 1.3 * axes[..., 2], moving)
    # The third axis has no momentum at all, which the reference motion would follow to its digits.
    t = torch.linspace(0, 3, 4, dtype=torch.float64)
    q, _ = split_state(simulate(SYSTEM, x0, t, RungeKutta8(step=0.1))[0])
    points = q.unflatten(-1, (4, 3))
    torch.testing.assert_close(points[:, 0], centre + t[:, None] * moving)
    angle = 1.3 * t[:, None]
    expected = angle.cos() * axes[..., 0] + angle.sin() * axes[..., 1]
    torch.testing.assert_close(points[:, 1] - points[:, 0], expected)
