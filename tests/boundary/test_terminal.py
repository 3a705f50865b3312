"""Motions by where they start and with which momenta they end."""

import math

import torch

from src.boundary.characteristics import Box
from src.boundary.terminal import terminal_problem
from src.systems.mass_spring import MassSpring

WIDE = Box(torch.full((2,), -9.0).double(), torch.full((2,), 9.0).double())
TIMES = torch.tensor([0.3, 0.9, 1.4], dtype=torch.float64)


def solve(energy, start, end, domain=WIDE):
    vectors = (torch.tensor([value], dtype=torch.float64) for value in (start, end))
    return terminal_problem(energy, *vectors, TIMES, domain)


def test_an_oscillator_that_ends_at_rest():
    # q = c cos(t - T), p = -c sin(t - T), and phi = tan(T) q^2 / 2 solves phi_T = H(q, phi_q).
    found = solve(MassSpring().hamiltonian, 0.5, 0.0)
    torch.testing.assert_close(found.action, TIMES.tan() / 8, rtol=1e-8, atol=0)
    torch.testing.assert_close(found.momentum[:, 0], TIMES.tan() / 2, rtol=1e-8, atol=0)
    torch.testing.assert_close(found.end[:, 0], 0.5 / TIMES.cos(), rtol=1e-8, atol=0)


def test_the_action_begins_with_the_end_momentum_times_the_position():
    # H = p v: phi = u (q + v T).
    found = solve(lambda x, t=None: 0.7 * x[..., 1], 0.5, 2.0)
    torch.testing.assert_close(found.action, 2 * (0.5 + 0.7 * TIMES), rtol=1e-8, atol=0)


def test_motions_that_leave_the_domain_have_no_number():
    far = 0.5 / math.cos(1.0)
    narrow = Box(torch.tensor([-far, -9.0]).double(), torch.tensor([far, 9.0]).double())
    found = solve(MassSpring().hamiltonian, 0.5, 0.0, narrow)
    assert found.action.isfinite().tolist() == [True, True, False]
    assert found.momentum[:, 0].isfinite().tolist() == [True, True, False]
