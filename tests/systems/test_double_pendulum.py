import math

import numpy as np
import pytest
import torch
from scipy.linalg import eigh

from src.mechanics.symplectic import jacobian
from src.systems.double_pendulum import DoublePendulum

from .motions import motion

SYSTEM = DoublePendulum()
UNEQUAL = DoublePendulum(mass_1=0.7, mass_2=1.9, length_1=1.3, length_2=0.6, gravity=3.7)


def test_the_frequencies_of_equal_pendulums():
    assert SYSTEM.frequencies == pytest.approx(
        (math.sqrt(9.81 * (2 - math.sqrt(2))), math.sqrt(9.81 * (2 + math.sqrt(2)))), rel=1e-14
    )


def test_the_frequencies_solve_the_eigenproblem_at_rest():
    rest = torch.zeros(2, dtype=torch.float64)
    stiffness = jacobian(torch.func.grad(UNEQUAL.potential), rest).numpy()
    squares = eigh(stiffness, UNEQUAL.mass_matrix(rest).numpy(), eigvals_only=True)
    assert UNEQUAL.frequencies == pytest.approx(np.sqrt(squares), rel=1e-12)


def test_a_small_slow_oscillation_turns_over_in_half_its_period():
    start = [1e-4, math.sqrt(2) * 1e-4, 0.0, 0.0]
    end = motion(SYSTEM, start, SYSTEM.time_scale / 2, precision=1e-10).y[:, -1]
    assert end == pytest.approx([-1e-4, -math.sqrt(2) * 1e-4, 0.0, 0.0], abs=2e-9)


def test_the_energy_is_the_textbook_formula():
    """The closed form of H with the inverse of M written out, up to the energy at rest."""
    generator = torch.Generator().manual_seed(0)
    x = 2 * torch.randn(20, 4, generator=generator, dtype=torch.float64)
    t1, t2, p1, p2 = x.unbind(-1)
    s, d = UNEQUAL, t1 - t2
    m1, m2, l1, l2, g = s.mass_1, s.mass_2, s.length_1, s.length_2, s.gravity
    kinetic = (
        m2 * l2**2 * p1**2 + (m1 + m2) * l1**2 * p2**2 - 2 * m2 * l1 * l2 * p1 * p2 * d.cos()
    ) / (2 * m2 * l1**2 * l2**2 * (m1 + m2 * d.sin() ** 2))
    potential = -(m1 + m2) * g * l1 * t1.cos() - m2 * g * l2 * t2.cos()
    rest = -(m1 + m2) * g * l1 - m2 * g * l2
    torch.testing.assert_close(s.hamiltonian(x), kinetic + potential - rest)


def test_the_mass_matrix_is_the_kinetic_energy_of_the_bobs():
    """Two point masses followed in the plane, by the chain rule alone."""
    generator = torch.Generator().manual_seed(1)
    q, v = torch.randn(2, 2, generator=generator, dtype=torch.float64)
    s = UNEQUAL

    def bobs(angles):
        first = s.length_1 * torch.stack((angles[0].sin(), -angles[0].cos()))
        return first, first + s.length_2 * torch.stack((angles[1].sin(), -angles[1].cos()))

    (upper, lower), (fast, faster) = torch.func.jvp(bobs, (q,), (v,))
    energy = s.mass_1 * fast.square().sum() / 2 + s.mass_2 * faster.square().sum() / 2
    torch.testing.assert_close(v @ s.mass_matrix(q) @ v / 2, energy)
    height = s.gravity * (s.mass_1 * upper[1] + s.mass_2 * lower[1])
    rest = -s.gravity * (s.mass_1 * s.length_1 + s.mass_2 * (s.length_1 + s.length_2))
    torch.testing.assert_close(s.potential(q), height - rest)


def test_higher_energies_lie_above_every_training_energy():
    x = SYSTEM.sample_higher_energy(1000, torch.Generator().manual_seed(0))
    assert float(SYSTEM.hamiltonian(x).min()) >= SYSTEM.energy_scale


def test_angles_that_would_pass_upright_are_refused():
    with pytest.raises(ValueError, match=r"system.angle must be at most 2.5133 rad.*got 2.6 rad"):
        DoublePendulum(angle=2.6)
