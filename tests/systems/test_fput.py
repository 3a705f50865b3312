import math

import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.mechanics.symplectic import jacobian
from src.systems.fput import FPUT
from src.systems.spring_chain import SpringChain

from .motions import motion


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def displaced(chain, count=5):
    return torch.randn(count, chain.number, generator=generator(1), dtype=torch.float64)


def first_mode(chain, amplitude=1.0):
    """The start of 1955: half a sine wave, at rest."""
    place = torch.arange(1, chain.number + 1, dtype=torch.float64)
    wave = amplitude * (math.pi * place / (chain.number + 1)).sin()
    return torch.cat((wave, torch.zeros_like(wave)))


@pytest.mark.slow
def test_the_energy_of_the_first_mode_returns_after_157_periods():
    chain = FPUT(number=32, alpha=0.25)
    t = torch.arange(0, 10351, 10, dtype=torch.float64)
    path = Leapfrog(step=0.2).integrate(chain, first_mode(chain), t).x
    share = chain.mode_energies(path)[:, 0]
    share = share / share[0]
    assert float(share.min()) == pytest.approx(0.082, abs=0.001)
    assert float(share[-1]) == pytest.approx(0.980, abs=0.0005)
    assert float(t[-1]) / chain.time_scale == pytest.approx(156.76, abs=0.01)


def test_the_bonds_are_the_polynomial_of_the_report():
    """A sum over bonds, each written out by hand, with both kinds of force at once."""
    chain = FPUT(number=4, stiffness=1.9, alpha=0.3, beta=0.7)
    q = displaced(chain)
    zero = torch.zeros_like(q[:, :1])
    places = torch.cat((zero, q, zero), dim=-1)
    d = [places[:, i + 1] - places[:, i] for i in range(5)]
    energy = sum(1.9 * (s**2 / 2 + 0.3 * s**3 / 3 + 0.7 * s**4 / 4) for s in d)
    torch.testing.assert_close(chain.potential(q), energy)


def test_without_its_nonlinear_forces_it_is_a_chain_of_springs():
    chain = FPUT(mass=0.7, stiffness=1.9, alpha=0.0, beta=0.0)
    springs = SpringChain(number=8, mass=0.7, stiffness=1.9)
    x = chain.sample_initial(5, generator())
    assert chain.barrier == math.inf
    torch.testing.assert_close(chain.vector_field(x), springs.vector_field(x))
    torch.testing.assert_close(chain.hamiltonian(x), springs.hamiltonian(x))


def test_small_amplitudes_have_the_frequencies_of_the_springs():
    chain = FPUT(number=6, mass=0.7, stiffness=1.9, alpha=0.4, beta=0.2)
    rest = torch.zeros(6, dtype=torch.float64)
    squares = torch.linalg.eigvalsh(jacobian(torch.func.grad(chain.potential), rest) / 0.7)
    assert chain.frequencies == pytest.approx(squares.sqrt().tolist(), rel=1e-12)
    start = first_mode(chain, 1e-5)
    end = motion(chain, start, chain.time_scale / 2, precision=1e-11).y[:, -1]
    assert end == pytest.approx((-start).tolist(), abs=1e-9)


@pytest.mark.parametrize("beta", [0.0, 1.0, 6.25])
def test_the_beta_chain_never_wakes_the_even_modes(beta):
    """Symmetric bonds keep the symmetry of a start about the middle; the alpha chain breaks it."""
    chain = FPUT(alpha=0.0 if beta else 0.25, beta=beta)
    end = torch.from_numpy(motion(chain, first_mode(chain, 0.8), 40).y[:, -1])
    even = chain.mode_energies(end)[1::2].sum()
    assert (float(even) < 1e-15) == (beta > 0)


@pytest.mark.parametrize(
    ("alpha", "beta"), [(0.25, 0.0), (-0.25, 0.0), (0.0, -0.3), (0.5, -0.3), (-0.5, 0.05)]
)
def test_the_barrier_is_the_lowest_maximum_of_a_bond(alpha, beta):
    chain = FPUT(stiffness=1.9, amplitude=(0.1, 0.2), alpha=alpha, beta=beta)
    stretch = torch.linspace(-10, 10, 2_000_001, dtype=torch.float64)
    energy = chain.bond_energy(stretch)
    inner = energy[1:-1]
    tops = inner[(inner > energy[:-2]) & (inner >= energy[2:])]
    assert chain.barrier == pytest.approx(float(tops.min()), rel=1e-9)


def test_the_barrier_of_the_alpha_chain():
    assert FPUT(stiffness=3.0).barrier == pytest.approx(3.0 / (6 * 0.25**2), rel=1e-14)


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 1.0), (1.0, 0.25), (1.0, 3.0)])
def test_a_bond_that_always_pulls_back_has_no_barrier(alpha, beta):
    chain = FPUT(alpha=alpha, beta=beta, amplitude=(10.0, 100.0))
    stretch = torch.linspace(-30, 30, 6001, dtype=torch.float64)
    assert chain.barrier == math.inf
    assert (chain.tension(stretch) * stretch >= 0).all()


def test_no_start_can_pass_a_barrier():
    chain = FPUT(amplitude=(1.0, 2.5))
    for draw in (chain.sample_initial, chain.sample_higher_energy):
        x = draw(2000, generator())
        assert float(chain.hamiltonian(x).max()) < chain.barrier
        assert float(chain.stretches(x[:, :8]).min()) > -1 / 0.25


def test_starts_have_the_energy_of_their_amplitude_in_the_first_mode():
    chain = FPUT(number=5, amplitude=(0.5, 1.0), alpha=0.4)
    energy = chain.hamiltonian(chain.sample_initial(2000, generator()))
    springs = SpringChain(number=5)
    low, high = (float(springs.hamiltonian(first_mode(chain, a))) for a in (0.5, 1.0))
    assert low <= float(energy.min()) < 1.05 * low
    assert 0.98 * high < float(energy.max()) <= high * (1 + 1e-12)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"amplitude": (1.0, 3.0)}, r"2\.508 m.*2\.667 J.*alpha=0\.25 1/m.*got 3\.0 m.*3\.8"),
        ({"alpha": -0.5}, r"1\.254 m.*0\.6667 J.*alpha=-0\.5 1/m.*got 1\.5 m"),
        ({"alpha": 0.0, "beta": -1.0}, r"0\.25 J.*beta=-1\.0 1/m\^2; got 1\.5 m, hence 0\.9541 J"),
    ],
)
def test_amplitudes_that_could_pass_a_barrier_are_refused(parameters, said):
    with pytest.raises(ValueError, match=rf"system\.amplitude must stay.*{said}"):
        FPUT(**parameters)
