"""Data and fits that are written for single papers: laws and closed forms."""

import math

import pytest
import torch

from experiments.chnn_paper.nets import PaperCHNN
from experiments.chnn_paper.starts import Spinning, Tumbling, turned
from experiments.ghnn_paper.starts import WIDEST, Along, Quarters
from experiments.srnn_paper.chain import UnevenChain
from experiments.srnn_paper.nets import SeparableQuadraticHNN
from experiments.srnn_paper.starts import FittedStartLoss, fitted_starts
from src.data.simulation import simulate
from src.integrators.leapfrog import Leapfrog
from src.losses.window import follow
from src.systems.double_pendulum import DoublePendulum
from src.systems.gyroscope import Gyroscope
from src.systems.pendulum import Pendulum
from src.systems.rotor import Rotor

CHAIN = UnevenChain(number=4, draw=3)
TIMES = torch.linspace(0.0, 0.9, 10, dtype=torch.float64)


def drawn(count: int, seed: int = 0) -> torch.Tensor:
    return CHAIN.sample_initial(count, torch.Generator().manual_seed(seed))


def hamiltons(energy, x: torch.Tensor) -> torch.Tensor:
    """Return Hamilton's rates of an energy."""
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(energy(x).sum(), x)
    q_slope, p_slope = slope.chunk(2, dim=-1)
    return torch.cat((p_slope, -q_slope), dim=-1)


def test_the_exact_flow_of_an_uneven_chain_solves_its_equations():
    x0, h = drawn(3), 1e-4
    times = torch.tensor([2.0 - h, 2.0, 2.0 + h], dtype=torch.float64)
    before, now, after = CHAIN.exact_flow(x0, times)
    field = hamiltons(CHAIN.hamiltonian, now)
    torch.testing.assert_close((after - before) / (2 * h), field, rtol=0, atol=1e-5)
    torch.testing.assert_close(CHAIN.vector_field(now), field)
    torch.testing.assert_close(CHAIN.exact_flow(x0, torch.zeros(1).double())[0], x0)


def test_chains_differ_by_their_draw_and_outer_masses_start_at_rest_in_their_places():
    assert CHAIN.masses != UnevenChain(number=4, draw=4).masses
    assert len(set(CHAIN.masses) | set(CHAIN.springs)) == 9
    starts = drawn(200).unflatten(-1, (2, 4))
    assert not starts[..., [0, -1]].any()
    assert 2.2 < float(starts.abs().max()) < 2.5
    with pytest.raises(ValueError, match="must be fixed"):
        UnevenChain(boundary="free")


def test_fitted_starts_of_a_linear_motion_are_its_least_squares():
    """The motion depends linearly on the start, so the best one solves the normal equations."""
    clean = simulate(CHAIN, drawn(5), TIMES, "reference")
    generator = torch.Generator().manual_seed(1)
    seen = clean + 0.2 * torch.randn(clean.shape, generator=generator, dtype=clean.dtype)
    t, one = TIMES.expand(5, -1), torch.ones(8, dtype=torch.float64)
    basis = follow(CHAIN, Leapfrog(), TIMES.expand(8, -1), torch.eye(8, dtype=torch.float64))
    best = torch.linalg.lstsq(basis.flatten(1).mT, seen.flatten(1).mT).solution.mT
    found = fitted_starts(CHAIN, Leapfrog(), t, seen, one, 12)
    torch.testing.assert_close(found, best, rtol=0, atol=1e-6)


def test_a_loss_from_fitted_starts_sees_the_noise_alone_and_begins_without_fits():
    class Known(SeparableQuadraticHNN):
        def split(self):
            return CHAIN.split()

        def penalty(self, x):
            return x.new_zeros(())

    model = Known(CHAIN.model_spec).double()
    clean = simulate(CHAIN, drawn(40), TIMES, "reference")
    generator = torch.Generator().manual_seed(1)
    seen = clean + 0.2 * torch.randn(clean.shape, generator=generator, dtype=clean.dtype)
    loss, fine = FittedStartLoss(steps=9, growth=0.5, after=0.5, iterations=8), Leapfrog(step=0.02)
    t = TIMES.expand(40, -1)
    early, late = loss.at(0.1), loss.at(0.6)
    assert (early.steps, early.iterations) == (2, 0)
    assert (late.steps, late.iterations) == (9, 8)
    # Of 10 samples of 8 numbers, a start takes up 8.
    expected = pytest.approx(0.04 * (1 - 1 / 10), rel=0.1)
    assert float(late(model, fine, t, seen, None)) == expected
    assert float(loss.at(1.0)(model, fine, t, clean, None)) < 1e-4
    assert float(late(model, fine, t, seen, None)) < 0.5 * float(
        FittedStartLoss(steps=9, iterations=0)(model, fine, t, seen, None)
    )


def test_nearly_quadratic_energies_have_the_gradients_of_their_sum_and_pay_for_their_nets():
    torch.manual_seed(0)
    model = SeparableQuadraticHNN(CHAIN.model_spec, width=4, restraint=2.0).double()
    with torch.no_grad():
        for energy in (model.kinetic, model.potential):
            energy.quadratic.copy_(torch.randn(4, 4))
    x = drawn(6)
    torch.testing.assert_close(model(torch.zeros(()), x), hamiltons(model.hamiltonian, x))
    with torch.no_grad():
        assert float(model.penalty(x)) > 0
        for energy in (model.kinetic, model.potential):
            energy.net.output.weight.zero_()
        assert float(model.penalty(x)) == 0


def test_quarters_of_swings_move_towards_rest_and_keep_to_their_energy():
    pendulum = Pendulum(gravity=1.0)
    starts = Quarters(places=6).draw(pendulum, 60, torch.Generator().manual_seed(0))
    angle, momentum = starts.unbind(-1)
    assert (angle * momentum <= 0).all()
    energy = pendulum.hamiltonian(starts).unflatten(0, (10, 6))
    torch.testing.assert_close(energy, energy[:, :1].expand(-1, 6))
    first = angle.unflatten(0, (10, 6))[:, 0]
    assert float(first.abs().max()) < WIDEST < math.pi
    assert (momentum.unflatten(0, (10, 6))[:, 0] == 0).all()
    with pytest.raises(TypeError, match="system=pendulum"):
        Quarters().draw(DoublePendulum(), 4, torch.Generator())


def test_axes_turn_as_their_angular_velocities_say():
    angles, rates = torch.randn(2, 5, 3, dtype=torch.float64)
    axes, turning = turned(angles, rates)
    h = 1e-6
    change = (turned(angles + h * rates, rates)[0] - turned(angles - h * rates, rates)[0]) / (2 * h)
    expected = torch.linalg.cross(turning.unsqueeze(-1).expand_as(axes), axes, dim=-2)
    torch.testing.assert_close(change, expected, rtol=0, atol=1e-8)
    torch.testing.assert_close(torch.linalg.det(axes), torch.ones(5).double())


@pytest.mark.parametrize(("system", "starts"), [(Rotor(), Tumbling()), (Gyroscope(), Spinning())])
def test_bodies_start_on_their_constraints_and_the_paper_net_moves_them_truly(system, starts):
    x = starts.draw(system, 6, torch.Generator().manual_seed(0))
    assert max(float(each.abs().max()) for each in system.violations(x).values()) < 1e-13
    torch.manual_seed(0)
    model = PaperCHNN(system.model_spec, width=8, dimension=3, extended=True).double()
    with torch.no_grad():
        model.log_mass.copy_(torch.tensor([system.mass, *system.moments]).double().log())
    model.potential = Weight(system)
    expected = system.velocity_rate(x, system.vector_field(x))
    torch.testing.assert_close(model(torch.zeros(()), system.to_velocity(x)), expected)
    torch.testing.assert_close(model.energy(system.to_velocity(x)), system.hamiltonian(x))
    with pytest.raises(TypeError, match="needs system="):
        starts.draw(Pendulum(), 4, torch.Generator())


class Weight(torch.nn.Module):
    """The true potential of a body in the place of a net."""

    def __init__(self, system):
        super().__init__()
        self.system = system

    def forward(self, q):
        return self.system.potential(q)

    def gradient(self, q):
        return -self.system.force(q)


def test_samples_along_one_motion_follow_each_other():
    pendulum = Pendulum(gravity=1.0)
    starts = Along(0.1).draw(pendulum, 12, torch.Generator())
    after = simulate(pendulum, starts, torch.tensor([0.0, 0.1]).double(), "reference")[:, 1]
    torch.testing.assert_close(after[:-1], starts[1:])
