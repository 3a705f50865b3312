import math

import pytest
import torch

from src.systems.three_body import ThreeBody

from .motions import motion

SYSTEM = ThreeBody()
NEWTON = ThreeBody(softening=0.0)
FIGURE_EIGHT = torch.tensor(
    [0.97000436, -0.24308753, -0.97000436, 0.24308753, 0.0, 0.0]
    + [0.93240737 / 2, 0.86473146 / 2] * 2
    + [-0.93240737, -0.86473146],
    dtype=torch.float64,
)


def starts(system, count=300):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def test_the_energy_of_the_figure_eight():
    assert float(NEWTON.hamiltonian(FIGURE_EIGHT)) == pytest.approx(-1.28714, abs=5e-6)


def test_bodies_on_the_figure_eight_change_places_after_a_third_of_its_period():
    """The three bodies follow one another on the same curve (Chenciner and Montgomery, 2000)."""
    end = torch.from_numpy(motion(NEWTON, FIGURE_EIGHT, 6.32591398 / 3, 1e-9).y[:, -1])
    q, p = end.reshape(2, 3, 2)
    start_q, start_p = FIGURE_EIGHT.reshape(2, 3, 2)
    follow = [2, 0, 1] if (q[0] - start_q[2]).norm() < (q[0] - start_q[1]).norm() else [1, 2, 0]
    torch.testing.assert_close(q, start_q[follow], atol=1e-6, rtol=0)
    torch.testing.assert_close(p, start_p[follow], atol=1e-6, rtol=0)


@pytest.mark.slow
def test_the_figure_eight_closes_after_its_period():
    end = motion(NEWTON, FIGURE_EIGHT, 6.32591398, 1e-12).y[:, -1]
    assert abs(end - FIGURE_EIGHT.numpy()).max() < 1e-7


def test_an_equilateral_triangle_of_side_one_turns_at_the_root_of_three():
    """Lagrange: every body feels omega^2 = 3 towards the centre."""
    system = ThreeBody(softening=0.0, velocity_spread=0.0, radius=(1 / math.sqrt(3), 0.578))
    side = 1 / math.sqrt(3)
    corners = torch.tensor([[0.0, 1.0], [-math.sqrt(3) / 2, -0.5], [math.sqrt(3) / 2, -0.5]])
    x = torch.cat((side * corners.double().flatten(), torch.zeros(6, dtype=torch.float64)))
    force = system.vector_field(x)[6:]
    torch.testing.assert_close(force, -3 * x[:6])


@pytest.mark.parametrize("masses", [(1.0, 1.0, 1.0), (1.0, 2.0, 5.0)])
@pytest.mark.parametrize("softening", [0.0, 0.3])
def test_undisturbed_triangles_turn_rigidly(masses, softening):
    """The force on each body is its mass times -omega^2 times its position, for any masses."""
    system = ThreeBody(*masses, softening=softening, velocity_spread=0.0)
    x = starts(system, 20)
    velocity, force = system.vector_field(x).chunk(2, dim=-1)
    mass = torch.tensor(system.masses, dtype=torch.float64)
    side = (x[:, 0:2] - x[:, 2:4]).norm(dim=-1, keepdim=True)
    square = sum(masses) / (side**2 + softening**2) ** 1.5
    torch.testing.assert_close(force, -square * mass * x[:, :6])
    quarter_turn = torch.stack((-x[:, 1:6:2], x[:, 0:6:2]), dim=-1).flatten(1)
    torch.testing.assert_close(velocity, square.sqrt() * quarter_turn)


def test_the_speed_is_that_of_the_hnn_paper():
    """Unit masses at radius r move at (sqrt(3) r)^(-1/2)."""
    x = starts(ThreeBody(softening=0.0, velocity_spread=0.0))
    radius, speed = x[:, 0:2].norm(dim=-1), x[:, 6:8].norm(dim=-1)
    torch.testing.assert_close(speed, (math.sqrt(3) * radius) ** -0.5)
    assert 0.9 <= float(radius.min()) < 0.91 < 1.19 < float(radius.max()) <= 1.2


def test_starts_have_their_centre_of_mass_at_rest_in_the_origin():
    system = ThreeBody(1.0, 2.0, 5.0)
    x = starts(system)
    mass = torch.tensor(system.masses, dtype=torch.float64)
    assert (mass * x[:, :6]).reshape(-1, 3, 2).sum(1).abs().max() < 1e-13
    assert system.invariants(x)["momentum_x"].abs().max() < 1e-13
    assert system.invariants(x)["momentum_y"].abs().max() < 1e-13


def test_softened_bodies_may_meet():
    x = torch.zeros(12, dtype=torch.float64)
    assert float(SYSTEM.hamiltonian(x)) == pytest.approx(-3 / 0.05)
    assert torch.equal(SYSTEM.vector_field(x), torch.zeros(12, dtype=torch.float64))


def test_the_energy_scale_is_that_of_the_middle_triangle():
    system = ThreeBody(softening=0.0, velocity_spread=0.0, radius=(1.0499, 1.0501))
    energy = system.hamiltonian(starts(system)).mean()
    assert system.energy_scale == pytest.approx(-float(energy), rel=1e-3)
