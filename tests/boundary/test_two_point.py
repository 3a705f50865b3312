"""Motions asked for by both of their ends, against closed forms."""

import math

import pytest
import torch

from src.boundary.characteristics import Box
from src.boundary.ends import At, Free, NoMotionError, Towards
from src.boundary.two_point import two_point
from src.systems.double_pendulum import DoublePendulum


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def inverted(x, t=None):
    """``(p^2 - k^2 q^2) / 2`` for each of two coordinates, k = 1 and 3: motions part fast."""
    q, p = x.chunk(2, dim=-1)
    return (p.square() - tensor(1, 9) * q.square()).sum(-1) / 2


T = torch.linspace(0, 4, 9, dtype=torch.float64)
K = tensor(1, 3)


def test_given_ends_are_met_by_hyperbolic_sines_and_the_action_is_theirs():
    found = two_point(inverted, tensor(1, -2), At(tensor(0, 0)), T)
    left = 4 - T[:, None]
    q = tensor(1, -2) * (K * left).sinh() / (K * 4).sinh()
    p = -K * tensor(1, -2) * (K * left).cosh() / (K * 4).sinh()
    torch.testing.assert_close(found.x, torch.cat((q, p), -1), rtol=0, atol=1e-9)
    action = (K * tensor(1, 4) / (K * 4).tanh()).sum() / 2
    assert float(found.action[-1]) == pytest.approx(float(action), abs=1e-9)
    assert float(found.action[0]) == 0


def test_a_free_end_is_met_by_hyperbolic_cosines():
    found = two_point(inverted, tensor(1, -2), Free(tensor(0, 0)), T)
    q = tensor(1, -2) * (K * (4 - T[:, None])).cosh() / (K * 4).cosh()
    torch.testing.assert_close(found.x[:, :2], q, rtol=0, atol=1e-9)


def test_an_end_that_is_worth_something_is_met_with_its_slope():
    found = two_point(inverted, tensor(0, 0), Free(tensor(0.5, -0.1)), T)
    q = tensor(0.5, -0.1) * (K * T[:, None]).sinh() / (K * (K * 4).cosh())
    torch.testing.assert_close(found.x[:, :2], q, rtol=0, atol=1e-9)


def test_rest_is_reached_along_the_stable_manifold():
    end = Towards.of(inverted, tensor(0.2, -0.1, 0.3, 0.1))
    torch.testing.assert_close(end.rest, torch.zeros(4).double(), rtol=0, atol=1e-12)
    found = two_point(inverted, tensor(1, -2), end, T)
    q = tensor(1, -2) * (-K * T[:, None]).exp()
    torch.testing.assert_close(found.x[:, :2], q, rtol=0, atol=1e-9)
    assert float(inverted(found.x).abs().max()) < 1e-8


def test_coupled_masses_meet_their_ends_as_well():
    """No closed form: both ends are there, and the energy is kept between them."""
    system = DoublePendulum()
    start, t = tensor(0.4, -0.3), torch.linspace(0, 0.5, 3, dtype=torch.float64)
    found = two_point(system.hamiltonian, start, At(tensor(-0.2, 0.1)), t)
    torch.testing.assert_close(found.x[[0, 2], :2], torch.stack((start, tensor(-0.2, 0.1))))
    energy = system.hamiltonian(found.x)
    torch.testing.assert_close(energy, energy[:1].expand(3), rtol=1e-8, atol=0)


def test_a_guess_chooses_among_several_motions():
    """A pendulum is down again after 7 s if it rests, and if it swings as far as that takes."""

    def pendulum(x, t=None):
        return x[..., 1].square() / 2 - x[..., 0].cos()

    t = torch.linspace(0, 7, 8, dtype=torch.float64)
    still = two_point(pendulum, tensor(0), At(tensor(0)), t)
    assert float(still.x.abs().max()) < 1e-9
    swing = torch.stack((2.0 * (t * math.pi / 3.5).sin(), 1.8 * (t * math.pi / 3.5).cos()), -1)
    moving = two_point(pendulum, tensor(0), At(tensor(0)), t, guess=swing)
    assert float(moving.x[:, 0].abs().max()) > 0.5


def test_motions_that_leave_the_domain_are_refused_with_what_to_do():
    box = Box(tensor(-3, -3, -math.inf, -math.inf), tensor(0.9, 3, math.inf, math.inf))
    with pytest.raises(NoMotionError, match=r"where the energy is known.*it passes \[1.0.*Choose"):
        two_point(inverted, tensor(1, -2), At(tensor(0, 0)), T, domain=box)


def test_an_energy_without_such_a_motion_is_refused_with_what_to_do():
    def nowhere(x, t=None):
        return x[..., 1].square() / 2 + (-x[..., 0]).exp().log() * 0 + x[..., 0] * torch.nan

    with pytest.raises(NoMotionError, match=r"none was found.*Give a nearer guess"):
        two_point(nowhere, tensor(1), At(tensor(0)), T)


def test_a_centre_is_no_place_to_come_to_rest():
    with pytest.raises(NoMotionError, match=r"saddle.*0 of 1 that leave.*finite time"):
        Towards.of(lambda x, t=None: x.square().sum(-1) / 2, tensor(0.1, 0))


def test_times_must_rise():
    with pytest.raises(ValueError, match=r"must rise.*\[4.0"):
        two_point(inverted, tensor(1, -2), At(tensor(0, 0)), T.flip(0))
