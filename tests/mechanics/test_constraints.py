"""Constraints on the motions of any energy: a relativistic point on a surface, a bead, a net."""

import pytest
import torch
from torch import nn

from src.mechanics.constraints import (
    constrained_field,
    constrained_lagrangian_field,
    constraint_rate,
    land,
    project,
)
from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.legendre import HamiltonianOf, to_canonical
from src.mechanics.state import split_state


def draw(count, size, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, size, generator=generator, dtype=torch.float64)


def circle(q):
    """A ring of radius 2 in a plane."""
    return (q.square().sum(-1, keepdim=True) - 4) / 2


def bead(x, t=None):
    """A mass of 3 kg in a plane, under gravity of 5 m/s^2."""
    q, p = split_state(x)
    return p.square().sum(-1) / 6 + 15 * q[..., 1]


def fast(x, t=None):
    """A relativistic mass in space with a spring that has no centre; not quadratic in p."""
    q, p = split_state(x)
    return (1 + p.square().sum(-1)).sqrt() + (q - 0.5).square().sum(-1)


def saddle(q):
    x, y, z = q.unbind(-1)
    return (z - x * y).unsqueeze(-1)


def saddle_rows(q):
    x, y, z = q.unbind(-1)
    return torch.stack((-y, -x, torch.ones_like(z)), dim=-1).unsqueeze(-2)


def on_ring(angles, rates):
    unit = torch.stack((angles.cos(), angles.sin()), dim=-1)
    along = torch.stack((-angles.sin(), angles.cos()), dim=-1)
    return torch.cat((2 * unit, 3 * 2 * rates.unsqueeze(-1) * along), dim=-1)


def test_a_bead_on_a_ring_is_a_pendulum():
    """theta from the x axis: theta'' = -g cos(theta) / r, and the centripetal force on top."""
    angles, rates = draw(8, 2).unbind(-1)
    x = on_ring(angles, rates)
    slopes = (rates, -5 * angles.cos() / 2)
    expected = torch.func.jvp(on_ring, (angles, rates), slopes)[1]
    torch.testing.assert_close(constrained_field(bead, circle, x), expected)


@pytest.mark.parametrize(("energy", "phi", "size"), [(bead, circle, 4), (fast, saddle, 6)])
def test_rates_of_constraints_stay_as_they_are_and_the_force_is_along_the_normal(energy, phi, size):
    x = draw(20, size)
    rate = constrained_field(energy, phi, x)
    change = torch.func.jvp(lambda y: constraint_rate(energy, phi, y), (x,), (rate,))[1]
    assert change.abs().max() < 1e-13 * rate.abs().max()
    moved, force = split_state(rate - hamiltonian_field(energy, x))
    normal = torch.func.grad(lambda q: phi(q).sum())(split_state(x)[0])
    assert moved.abs().max() == 0
    along = (force * normal).sum(-1, keepdim=True) / normal.square().sum(-1, keepdim=True)
    torch.testing.assert_close(force, along * normal)
    assert along.abs().min() > 1e-3


def test_the_energy_is_kept_on_the_manifold_and_not_beside():
    beside = draw(20, 4)
    for x, kept in ((project(bead, circle, beside), True), (beside, False)):
        rate = constrained_field(bead, circle, x)
        power = torch.func.jvp(bead, (x,), (rate,))[1].abs().max()
        assert (power < 1e-12) == kept


def test_a_relativistic_lagrangian_has_the_field_of_its_hamiltonian():
    def lagrangian(x, t=None):
        q, v = split_state(x)
        return -(1 - v.square().sum(-1)).sqrt() - (q - 0.5).square().sum(-1)

    q, p = split_state(draw(10, 6))
    velocity = torch.cat((q, p / (1 + p.square().sum(-1, keepdim=True)).sqrt()), dim=-1)
    x = to_canonical(lagrangian, velocity)
    torch.testing.assert_close(split_state(x)[1], p)
    expected = constrained_field(fast, saddle, x)
    torch.testing.assert_close(constrained_field(HamiltonianOf(lagrangian), saddle, x), expected)
    there = torch.func.jvp(
        lambda y: to_canonical(lagrangian, y),
        (velocity,),
        (constrained_lagrangian_field(lagrangian, saddle_rows, velocity),),
    )[1]
    torch.testing.assert_close(there, expected)


def test_a_projection_of_positions_is_along_the_normal_and_of_momenta_the_nearest():
    beside, momenta = split_state(draw(20, 4))
    q, p = split_state(project(bead, circle, draw(20, 4)))
    torch.testing.assert_close(q, 2 * beside / beside.norm(dim=-1, keepdim=True))
    assert (q * p).sum(-1).abs().max() < 1e-14
    along = torch.stack((-q[:, 1], q[:, 0]), dim=-1) / 2
    torch.testing.assert_close((p * along).sum(-1), (momenta * along).sum(-1))


def test_states_far_from_any_position_are_refused():
    with pytest.raises(ValueError, match=r"near the manifold.*from 1 of 2 states"):
        project(bead, circle, torch.tensor([[1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]]).double())


def test_landing_is_differentiated_as_the_implicit_function():
    """From (x, y), moved along y onto the ring: y - nu = sqrt(4 - x^2)."""
    q = torch.tensor([[0.3, 1.5], [1.2, 1.9]], dtype=torch.float64, requires_grad=True)
    down = torch.tensor([[0.0], [1.0]], dtype=torch.float64).expand(2, 2, 1)
    nu, failed = land(circle, lambda y: y.unsqueeze(-2), q, down)
    assert not failed.any()
    (gradient,) = torch.autograd.grad(nu.sum(), q)
    x, y = q.detach().unbind(-1)
    height = (4 - x.square()).sqrt()
    torch.testing.assert_close(nu.detach()[:, 0], y - height)
    torch.testing.assert_close(gradient, torch.stack((x / height, torch.ones_like(x)), dim=-1))


def test_a_learned_energy_gets_gradients_through_its_constraint_forces():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1, bias=False)).double()

    def energy(x, t=None):
        return bead(x) + net(x).squeeze(-1)

    constrained_field(energy, circle, draw(5, 4)).square().sum().backward()
    for weight in net.parameters():
        assert weight.grad is not None
        assert weight.grad.abs().max() > 0
