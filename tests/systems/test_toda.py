import math

import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.integrators.reference import reference_motion
from src.mechanics.symplectic import jacobian
from src.systems.spring_chain import SpringChain
from src.systems.toda import Toda

from .motions import motion

UNEVEN = {"mass": 0.7, "stiffness": 1.9, "length": 1.3}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def lax(chain, x):
    return torch.linalg.eigvalsh(chain.lax_matrix(x))


@pytest.mark.parametrize("number", [2, 3, 8])
@pytest.mark.slow
def test_the_eigenvalues_of_the_lax_matrix_do_not_move(number):
    """Even and odd rings, and that of two, whose corner lies on its neighbours."""
    chain = Toda(number=number, amplitude=(1.5, 2.0), **UNEVEN)
    start = chain.sample_initial(3, generator())
    t = torch.linspace(0, 50, 6, dtype=torch.float64)
    path = reference_motion(chain.field().f, start, t)
    eigenvalues = lax(chain, path)
    assert float((chain.lax_matrix(path) - chain.lax_matrix(start)).abs().max()) > 0.1
    assert float((eigenvalues - eigenvalues[0]).abs().max()) < 5e-14


def test_other_bonds_than_those_of_toda_move_them():
    """The test above can fail: the same start on springs."""
    chain, springs = Toda(number=4), SpringChain(number=4, boundary="periodic")
    start = chain.sample_initial(1, generator())[0]
    path = torch.from_numpy(motion(springs, start, 50).y.T)
    eigenvalues = lax(chain, path)
    assert float((eigenvalues - eigenvalues[0]).abs().max()) > 1e-2


def test_leapfrog_moves_the_eigenvalues_by_the_square_of_its_step():
    chain = Toda()
    x0, t = chain.sample_initial(20, generator()), torch.tensor([0.0, 5.0], dtype=torch.float64)
    errors = [
        (lax(chain, Leapfrog(step=step).integrate(chain, x0, t).x[-1]) - lax(chain, x0)).norm()
        for step in (0.02, 0.01)
    ]
    assert float(errors[0] / errors[1]) == pytest.approx(4, rel=0.01)


def test_lax_matrices_move_by_commutators():
    r"""Lax's equation :math:`dL/dt = [B, L]`, with B the antisymmetric neighbour of L."""
    chain = Toda(number=5)
    x = chain.sample_initial(3, generator())
    rate = torch.func.jvp(chain.lax_matrix, (x,), (chain.vector_field(x),))[1]
    matrix = chain.lax_matrix(x)
    forward = torch.zeros(5, 5, dtype=torch.float64)
    for i in range(5):
        forward[i, (i + 1) % 5] = 1
    generator_of_turns = matrix * (forward - forward.mT)
    commutator = generator_of_turns @ matrix - matrix @ generator_of_turns
    torch.testing.assert_close(rate, commutator, rtol=1e-12, atol=1e-14)


def test_the_first_moments_of_the_eigenvalues_are_momentum_and_energy():
    chain = Toda(**UNEVEN)
    x = torch.randn(5, 16, generator=generator(1), dtype=torch.float64)
    eigenvalues, unit = lax(chain, x), 1.9 * 1.3**2
    momentum = chain.invariants(x)["momentum"] / (1.3 * math.sqrt(0.7 * 1.9))
    torch.testing.assert_close(eigenvalues.sum(-1), -momentum / 2)
    torch.testing.assert_close(eigenvalues.square().sum(-1), (chain.hamiltonian(x) / unit + 8) / 2)


def test_in_natural_units_it_is_the_textbook_energy():
    chain = Toda()
    x = torch.randn(5, 16, generator=generator(1), dtype=torch.float64)
    q, p = x[:, :8], x[:, 8:]
    energy = p.square().sum(-1) / 2 + (q - q.roll(-1, 1)).exp().sum(-1) - 8
    torch.testing.assert_close(chain.hamiltonian(x), energy)


def test_small_amplitudes_have_the_frequencies_of_springs_in_a_ring():
    chain = Toda(**UNEVEN)
    rest = torch.zeros(8, dtype=torch.float64)
    squares = torch.linalg.eigvalsh(jacobian(torch.func.grad(chain.potential), rest) / 0.7)
    expected = torch.tensor(chain.frequencies, dtype=torch.float64).square()
    torch.testing.assert_close(squares, expected, atol=1e-13, rtol=0)


def test_a_motion_that_repeats_along_the_ring_is_that_of_a_shorter_ring():
    chain = Toda(number=2)
    start = torch.tensor([0.4, -0.4, 0.0, 0.0], dtype=torch.float64)
    long = Toda(number=6)
    many = torch.cat((start[:2].repeat(3), start[2:].repeat(3)))
    few, more = (
        torch.from_numpy(motion(ring, x, 7).y[:, -1]) for ring, x in ((chain, start), (long, many))
    )
    expected = torch.cat((few[:2].repeat(3), few[2:].repeat(3)))
    torch.testing.assert_close(more, expected, atol=1e-8, rtol=0)


def test_starts_have_the_energy_of_their_amplitude_in_the_slowest_mode():
    chain = Toda(amplitude=(2.0, 4.0))
    energy = chain.hamiltonian(chain.sample_initial(2000, generator()))
    slowest = 4 * math.sin(math.pi / 8) ** 2
    assert chain.energy_scale == pytest.approx(slowest * 4.0**2 * 8 / 4)
    assert chain.energy_scale / 4 <= float(energy.min()) < 1.05 * chain.energy_scale / 4
    assert 0.98 * chain.energy_scale < float(energy.max()) <= chain.energy_scale * (1 + 1e-12)


@pytest.mark.parametrize("number", [2, 3, 8])
def test_the_hardest_starts_that_are_allowed_are_found(number):
    gentle = Toda(number=number)
    most = 1.5 / 1.25 * math.sqrt(1000 / gentle.energy_scale) * (1 - 1e-9)
    chain = Toda(number=number, amplitude=(0.99 * most, most))
    energy = chain.hamiltonian(chain.sample_higher_energy(1000, generator()))
    assert 1000 / 1.25**2 * 0.999 < float(energy.min()) <= float(energy.max()) < 1000


def test_energies_that_no_double_can_follow_are_refused():
    with pytest.raises(
        ValueError, match=r"system\.amplitude must be at most 2\.337 m.*10 J; got 4 m, hence 29\."
    ):
        Toda(length=0.1, amplitude=(1, 4))
