"""The bead on a rotating parabola and the free particle: closed forms of every function."""

import pytest
import torch

from src.mechanics.lagrangian import (
    VelocityBlocks,
    action,
    action_variation,
    enough_for_masses,
    euler_lagrange_acceleration,
    euler_lagrange_residual,
    lagrangian_energy,
    lagrangian_field,
    velocity_blocks,
)

X = torch.tensor([[0.4, 1.3], [-0.9, 0.2], [1.7, -2.0]], dtype=torch.float64)
Q, V = X.unbind(-1)


def bead(x, t=None):
    """L = (1 + q^2) v^2 / 2 - q^2 / 2: the mass matrix depends on the position."""
    q, v = x[..., 0], x[..., 1]
    return (1 + q**2) * v**2 / 2 - q**2 / 2


def magnetic(x, t=None):
    """L = |v|^2 / 2 + B (q1 v2 - q2 v1) / 2 with B = 3: linear in the velocity besides."""
    q1, q2, v1, v2 = x.unbind(-1)
    return (v1**2 + v2**2) / 2 + 1.5 * (q1 * v2 - q2 * v1)


def free(x, t=None):
    return x[..., x.shape[-1] // 2 :].square().sum(-1) / 2


@pytest.mark.parametrize(("dof", "kept"), [(1, 4096), (11, 4096), (12, 1024), (64, 41)])
def test_mass_matrices_of_few_degrees_of_freedom_are_all_looked_at(dof, kept):
    assert len(enough_for_masses(torch.zeros(64, 64, 2 * dof))) == kept
    assert len(enough_for_masses(torch.zeros(10, 2 * dof))) == 10


class ClosedForm:
    """A Lagrangian that claims a mass of two, to tell whether its blocks are used."""

    def __call__(self, x, t=None):
        return free(x)

    def velocity_blocks(self, x, t=None):
        q, v = x.chunk(2, dim=-1)
        one = torch.ones_like(q)
        return VelocityBlocks(4 * one, 2 * v, 2 * one[..., None], 0 * one)


def test_the_blocks_of_the_bead():
    blocks = velocity_blocks(bead, X)
    torch.testing.assert_close(blocks.l_q[:, 0], Q * V**2 - Q)
    torch.testing.assert_close(blocks.l_v[:, 0], (1 + Q**2) * V)
    torch.testing.assert_close(blocks.l_vv[:, 0, 0], 1 + Q**2)
    torch.testing.assert_close(blocks.l_vq_v[:, 0], 2 * Q * V**2)


def test_the_acceleration_of_the_bead():
    expected = -(Q + Q * V**2) / (1 + Q**2)
    torch.testing.assert_close(euler_lagrange_acceleration(bead, X)[:, 0], expected)
    torch.testing.assert_close(lagrangian_field(bead, X), torch.stack((V, expected), dim=-1))


def test_a_magnetic_field_turns_the_velocity():
    """The mixed block is not symmetric: its transpose would turn the other way."""
    x = torch.tensor([[0.3, -0.2, 1.0, 2.0]], dtype=torch.float64)
    torch.testing.assert_close(
        euler_lagrange_acceleration(magnetic, x), torch.tensor([[6.0, -3.0]]).double()
    )


def test_closed_form_blocks_are_taken_where_there_are_some():
    assert (euler_lagrange_acceleration(ClosedForm(), X) == 2).all()


def test_the_energy_of_the_bead():
    torch.testing.assert_close(lagrangian_energy(bead, X), (1 + Q**2) * V**2 / 2 + Q**2 / 2)


def test_the_residual_is_the_force_that_is_missing():
    a = euler_lagrange_acceleration(bead, X)
    assert euler_lagrange_residual(bead, X, a).abs().max() < 1e-14
    missing = euler_lagrange_residual(bead, X, a + 0.5)[:, 0]
    torch.testing.assert_close(missing, (1 + Q**2) * 0.5)


def test_blocks_are_differentiable_in_the_parameters():
    mass = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    acceleration = euler_lagrange_acceleration(
        lambda x, t=None: mass * free(x) - x[..., :1].sum(-1), X
    )
    (slope,) = torch.autograd.grad(acceleration.sum(), mass)
    torch.testing.assert_close(slope, torch.tensor(3 / 4).double())


def test_the_action_of_a_free_particle():
    """A straight line from 0 to d in the time T has the action d^2 / 2T, on any grid."""
    t = torch.tensor([0.0, 0.1, 0.7, 2.0], dtype=torch.float64)
    path = torch.tensor([[3.0, 4.0], [1.0, 0.0]], dtype=torch.float64) * (t / 2)[:, None, None]
    torch.testing.assert_close(action(free, t, path), torch.tensor([25 / 4, 1 / 4]).double())


def test_the_action_with_a_potential_takes_midpoints():
    t = torch.tensor([0.0, 0.5], dtype=torch.float64)
    path = torch.tensor([[1.0], [2.0]], dtype=torch.float64)
    value = action(lambda x, t=None: x[..., 1] ** 2 / 2 - x[..., 0], t, path)
    torch.testing.assert_close(value, torch.tensor(0.5 * (2.0 - 1.5)).double())


def test_a_straight_line_is_stationary_and_a_bent_one_is_not():
    """The variation of the free action is the sum of the velocity's jumps against the variation."""
    t = torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64)
    straight = torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64)
    bent = torch.tensor([[0.0], [2.0], [3.0]], dtype=torch.float64)
    variation = torch.tensor([[0.0], [1.0], [0.0]], dtype=torch.float64)
    assert action_variation(free, t, straight, variation).abs() < 1e-15
    torch.testing.assert_close(
        action_variation(free, t, bent, variation), torch.tensor(2.0 - 0.5).double()
    )
