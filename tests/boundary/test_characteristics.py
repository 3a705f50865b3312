"""Motions with their action."""

import math

import torch

from src.boundary.characteristics import Box, characteristics
from src.systems.mass_spring import MassSpring


def _oscillator(x: torch.Tensor, t: torch.Tensor | None = None) -> torch.Tensor:
    return x.square().sum(-1) / 2


def test_action_of_an_oscillator_is_that_of_its_closed_form() -> None:
    t = torch.linspace(0, 2.0, 5, dtype=torch.float64)
    found = characteristics(_oscillator, torch.tensor([[1.0, 0.0]], dtype=torch.float64), t)
    # L = p^2/2 - q^2/2 with q = cos t, p = -sin t, so that S = -sin(2t)/4 * 1
    torch.testing.assert_close(found.action[:, 0], -torch.sin(2 * t) / 4, rtol=0, atol=1e-11)
    torch.testing.assert_close(found.x[:, 0, 0], torch.cos(t), rtol=0, atol=1e-11)


def test_times_may_decrease_and_the_action_comes_back_to_zero() -> None:
    t = torch.linspace(0, 1.5, 4, dtype=torch.float64)
    x0 = torch.tensor([[0.3, -0.8], [1.0, 0.2]], dtype=torch.float64)
    there = characteristics(_oscillator, x0, t)
    back = characteristics(_oscillator, there.x[-1], t.flip(0))
    torch.testing.assert_close(back.x[-1], x0, rtol=0, atol=1e-11)
    torch.testing.assert_close(back.action[-1], -there.action[-1], rtol=0, atol=1e-11)


def test_motions_that_leave_the_domain_mean_nothing_from_there_on() -> None:
    t = torch.linspace(0, 2 * math.pi, 9, dtype=torch.float64)
    x0 = torch.tensor([[0.0, 1.0], [0.0, 0.4]], dtype=torch.float64)
    box = Box(torch.tensor([-0.5, -math.inf]), torch.tensor([0.5, math.inf]))
    found = characteristics(_oscillator, x0, t, box)
    assert found.x[0].isfinite().all()
    assert found.x[1:, 0].isnan().all()
    assert found.action[1:, 0].isnan().all()
    assert found.x[:, 1].isfinite().all()


def test_energy_of_a_system_is_kept() -> None:
    system = MassSpring()
    t = torch.linspace(0, 3.0, 4, dtype=torch.float64)
    x0 = torch.tensor([[0.7, 0.1]], dtype=torch.float64)
    h = system.hamiltonian(characteristics(system.hamiltonian, x0, t).x)
    torch.testing.assert_close(h, h[:1].expand_as(h), rtol=1e-11, atol=0)
