import math

import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.symplectic import jacobian
from src.systems.mass_spring import MassSpring
from src.systems.spring_chain import SpringChain

BOUNDARIES = ("fixed", "free", "periodic")
every_chain = pytest.mark.parametrize(
    "chain",
    [
        SpringChain(number=number, mass=0.7, stiffness=1.9, boundary=boundary)
        for boundary in BOUNDARIES
        for number in (2, 5, 6)
    ],
    ids=lambda chain: f"{chain.number}-{chain.boundary}",
)


def starts(chain, count=200):
    return chain.sample_initial(count, torch.Generator().manual_seed(0))


def anywhere(chain, count=5):
    """States whose centre of mass moves, unlike those of the training distribution."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 2 * chain.number, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("number", [5, 10])
def test_the_frequencies_between_walls(number):
    chain = SpringChain(number=number, mass=0.7, stiffness=1.9)
    expected = [
        2 * math.sqrt(1.9 / 0.7) * math.sin(j * math.pi / (2 * (number + 1)))
        for j in range(1, number + 1)
    ]
    assert chain.frequencies == pytest.approx(expected, rel=1e-14)


@every_chain
def test_frequencies_and_modes_solve_the_eigenproblem(chain):
    rest = torch.zeros(chain.number, dtype=torch.float64)
    stiffness = jacobian(torch.func.grad(chain.potential), rest)
    modes = chain.modes(rest)
    square = torch.tensor(chain.frequencies, dtype=torch.float64).square()
    torch.testing.assert_close(modes.mT @ modes, torch.eye(chain.number, dtype=torch.float64))
    torch.testing.assert_close(stiffness @ modes, chain.mass * square * modes, atol=1e-14, rtol=0)
    assert list(chain.frequencies) == sorted(chain.frequencies)


@every_chain
def test_the_potential_is_that_of_its_springs(chain):
    """A sum over springs, each written out by hand."""
    q = anywhere(chain)[:, : chain.number]
    bonds = [(i, i + 1) for i in range(chain.number - 1)]
    energy = sum(1.9 * (q[:, j] - q[:, i]) ** 2 / 2 for i, j in bonds)
    if chain.boundary == "fixed":
        energy = energy + 1.9 * (q[:, 0] ** 2 + q[:, -1] ** 2) / 2
    if chain.boundary == "periodic":
        energy = energy + 1.9 * (q[:, 0] - q[:, -1]) ** 2 / 2
    torch.testing.assert_close(chain.potential(q), energy)


@every_chain
def test_the_exact_flow_solves_the_field_and_keeps_every_invariant(chain):
    x0 = anywhere(chain)
    t = torch.tensor([0.0, 0.3, 70.0], dtype=torch.float64)
    path, rate = torch.func.jvp(lambda s: chain.exact_flow(x0, s), (t,), (torch.ones_like(t),))
    torch.testing.assert_close(path[0], x0)
    torch.testing.assert_close(rate, chain.vector_field(path), atol=1e-12, rtol=0)
    now, then = chain.invariants(path), chain.invariants(x0)
    for name in then:
        torch.testing.assert_close(now[name], then[name].expand(3, -1), atol=1e-12, rtol=1e-12)
        slope = energy_gradient(lambda y, t=None, name=name: chain.invariants(y)[name], x0)
        assert (slope * chain.vector_field(x0)).sum(-1).abs().max() < 1e-13


@every_chain
def test_the_energies_of_the_modes_add_up_to_the_energy(chain):
    x = anywhere(chain)
    torch.testing.assert_close(chain.mode_energies(x).sum(-1), chain.hamiltonian(x))


@pytest.mark.parametrize("boundary", ["free", "periodic"])
def test_without_walls_the_centre_of_mass_moves_uniformly(boundary):
    chain = SpringChain(number=4, mass=0.5, boundary=boundary)
    x0 = anywhere(chain)
    end = chain.exact_flow(x0, torch.tensor([100.0], dtype=torch.float64))[0]
    momentum = chain.invariants(x0)["momentum"]
    drift = end[:, :4].mean(-1) - x0[:, :4].mean(-1)
    torch.testing.assert_close(drift, 100 * momentum / (4 * 0.5), atol=1e-12, rtol=1e-12)


def test_walls_take_up_momentum():
    assert "momentum" not in SpringChain().invariants(starts(SpringChain()))


def test_a_mode_moves_as_a_mass_on_a_spring():
    chain, mode = SpringChain(number=6, mass=0.7, stiffness=1.9), 2
    shape = chain.modes(torch.zeros(1, dtype=torch.float64))[:, mode]
    single = MassSpring(mass=0.7, stiffness=0.7 * chain.frequencies[mode] ** 2)
    start = torch.tensor([0.4, -0.3], dtype=torch.float64)
    t = torch.linspace(0, 10, 7, dtype=torch.float64)
    alone = single.exact_flow(start, t)
    path = chain.exact_flow(torch.cat((start[0] * shape, start[1] * shape)), t)
    torch.testing.assert_close(path[:, :6], alone[:, :1] * shape)
    torch.testing.assert_close(path[:, 6:], alone[:, 1:] * shape)


def test_leapfrog_agrees_with_the_exact_flow_to_its_order():
    chain = SpringChain()
    x0, t = starts(chain, 20), torch.tensor([0.0, 2.0], dtype=torch.float64)
    errors = [
        (Leapfrog(step=step).integrate(chain, x0, t).x[-1] - chain.exact_flow(x0, t)[-1]).norm()
        for step in (0.05, 0.025)
    ]
    assert float(errors[0] / errors[1]) == pytest.approx(4, rel=0.01)


@every_chain
def test_starts_have_the_energy_of_their_amplitude_in_the_slowest_mode(chain):
    x = starts(chain, 2000)
    slowest = next(frequency for frequency in chain.frequencies if frequency > 0)
    shape = chain.modes(x)[:, list(chain.frequencies).index(slowest)]
    wave = math.sqrt((chain.number + (chain.boundary == "fixed")) / 2) * shape
    unit = torch.cat((wave, torch.zeros_like(wave)))
    amplitude = (chain.hamiltonian(x) / chain.hamiltonian(unit)).sqrt()
    assert 0.5 <= float(amplitude.min()) < 0.51 < 1.49 < float(amplitude.max()) < 1.5 + 1e-12
    assert chain.energy_scale == pytest.approx(1.5**2 * float(chain.hamiltonian(unit)))


@every_chain
def test_every_vibrating_mode_has_the_same_share_and_none_translates(chain):
    energies = chain.mode_energies(starts(chain, 4000)).mean(0)
    vibrating = torch.tensor(chain.frequencies) > 0
    share = energies.sum() / vibrating.sum()
    torch.testing.assert_close(
        energies[vibrating], share.expand(int(vibrating.sum())), rtol=0.06, atol=0
    )
    assert (energies[~vibrating] < 1e-25).all()


def test_an_unknown_boundary_is_refused():
    with pytest.raises(
        ValueError, match=r"system.boundary must be one of fixed, free, periodic; got open\."
    ):
        SpringChain(boundary="open")


@pytest.mark.parametrize("number", [1, 0, -3])
def test_a_number_that_is_too_small_is_refused(number):
    with pytest.raises(
        ValueError,
        match=rf"system.number must be a whole number from 2 to 1024; got {number} masses\.",
    ):
        SpringChain(number=number)
