"""RATTLE on motions that are bound; without constraints the contract tests follow it."""

import math
from itertools import pairwise

import pytest
import torch
from motions import Coupled, Separable, grid, pendulum

from src.integrators.base import IntegrationError, integrate_surviving
from src.integrators.leapfrog import Leapfrog
from src.integrators.rattle import Rattle
from src.integrators.reference import reference_motion
from src.losses.window import Rescaled
from src.mechanics.problem import Constrained
from src.mechanics.symplectic import jacobian, symplectic_form
from src.systems.double_pendulum import DoublePendulum
from src.systems.four_bar import FourBar
from src.systems.mass_spring import MassSpring
from src.systems.n_link_cartesian import NLinkCartesian

SYSTEM = NLinkCartesian(number=3, mass=0.7, length=1.3)
STARTS = torch.tensor(
    [[0.6, -0.4, 1.1, 0.3, 1.2, -2.0], [1.5, 0.2, -0.7, -1.0, 0.4, 0.1]], dtype=torch.float64
)


def starts():
    return SYSTEM.from_angles(STARTS)


def tangents(system, x):
    """Directions ``[batch, state, 2 dof]`` along the manifold, orthonormal."""
    slopes = jacobian(lambda y: torch.cat(tuple(system.violations(y).values()), dim=-1), x)
    return torch.linalg.svd(slopes).Vh[:, slopes.shape[-2] :].mT


def largest_violation(path):
    return max(float(size.abs().max()) for size in SYSTEM.violations(path).values())


@pytest.mark.slow
def test_measured_order_is_two():
    x0, t = starts(), grid(1.0, 2)
    exact = reference_motion(SYSTEM.field().f, x0, t)[-1]
    errors = [
        (Rattle(1 / n).integrate(SYSTEM, x0, t).x[-1] - exact).norm() for n in (100, 200, 400)
    ]
    coarse, fine = (float((a / b).log2()) for a, b in pairwise(errors))
    assert 2 * fine - coarse == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_constraints_and_their_rates_hold_to_rounding_at_every_step(dtype):
    path = Rattle(0.05).integrate(SYSTEM, starts().to(dtype), grid(20.0, 401).to(dtype))
    assert path.x.dtype == dtype
    assert largest_violation(path.x) < 40 * torch.finfo(dtype).eps


def test_the_form_is_kept_on_the_manifold_at_any_step():
    x0, t = starts(), grid(0.4, 3)

    def flow(x):
        return Rattle(0.05).integrate(SYSTEM, x, t).x[-1]

    along = tangents(SYSTEM, x0)
    carried = jacobian(flow, x0) @ along
    form = symplectic_form(x0.shape[-1] // 2)
    before, after = along.mT @ form @ along, carried.mT @ form @ carried
    assert torch.linalg.matrix_norm(after - before).max() < 1e-13
    assert torch.linalg.matrix_norm(carried - along).min() > 0.1


def test_forward_then_backward_returns():
    there = Rattle().integrate(SYSTEM, starts(), grid(1.0, 21)).x
    back = Rattle().integrate(SYSTEM, there[-1], grid(1.0, 21).flip(0)).x
    assert (back - there.flip(0)).abs().max() < 1e-12
    assert (there[-1] - there[0]).abs().max() > 1


def test_samples_do_not_mix_and_any_batch_shape_will_do():
    x0, t = starts(), grid(1.0, 5)
    together = Rattle(0.05).integrate(SYSTEM, x0, t)
    shaped = Rattle(0.05).integrate(SYSTEM, x0.reshape(2, 1, -1), t)
    alone = Rattle(0.05).integrate(SYSTEM, x0[1], t)
    assert torch.allclose(shaped.x[:, :, 0], together.x, atol=1e-13, rtol=0)
    assert torch.allclose(alone.x, together.x[:, 1], atol=1e-13, rtol=0)
    assert alone.field_evaluations == 21


def test_without_constraints_it_is_leapfrog():
    x0, t = torch.tensor([[1.5, 0.0], [0.3, 0.4]], dtype=torch.float64), grid(4.0, 9)
    bound, free = (method.integrate(pendulum(), x0, t) for method in (Rattle(), Leapfrog()))
    assert torch.allclose(bound.x, free.x, atol=1e-15, rtol=0)
    assert bound.field_evaluations == free.field_evaluations


def test_gradients_are_those_of_finite_differences_along_the_manifold():
    def flow(x):
        return Rattle(0.05).integrate(SYSTEM, x, grid(0.4, 3)).x[-1].square().sum(-1)

    x0, size = starts(), 1e-5
    direction = tangents(SYSTEM, x0)[..., 0]
    leaf = x0.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(flow(leaf).sum(), leaf)
    forward = torch.func.jvp(flow, (x0,), (direction,))[1]
    ends = [flow(SYSTEM.project(x0 + sign * size * direction)) for sign in (1, -1)]
    difference = (ends[0] - ends[1]) / (2 * size)
    assert torch.allclose((gradient * direction).sum(-1), forward, atol=1e-11, rtol=0)
    assert torch.allclose(forward, difference, atol=1e-7, rtol=0)


def test_each_sample_may_have_a_pace_of_its_own():
    x0 = starts()
    rate = torch.tensor([[0.5], [1.0]], dtype=torch.float64)
    paced = Rattle().integrate(Rescaled(SYSTEM, rate), x0, grid(0.8, 9)).x
    slow = Rattle().integrate(SYSTEM, x0[0], grid(0.4, 9)).x
    assert torch.allclose(paced[:, 0], slow, atol=1e-13, rtol=0)


class Straying(Separable):
    """A point on the unit circle."""

    def steps(self):
        raise ValueError("use a field")

    def constrained(self) -> Constrained:
        return Constrained(
            lambda p: p,
            self.force,
            lambda q: (q.square().sum(-1, keepdim=True) - 1) / 2,
            lambda q: q.unsqueeze(-2),
        )


def test_samples_without_a_position_on_the_manifold_end_alone():
    # A step along the tangent of 3 lands where no impulse along the first normal leads back.
    motion = Straying(lambda q: 0 * q, lambda q: 0 * q)
    x0 = torch.tensor([[0.0, 1.0, 0.1, 0.0], [0.0, 1.0, 3.0, 0.0]], dtype=torch.float64)
    with pytest.raises(
        IntegrationError,
        match=r"1 of 2 could not be, beyond t = 0: no positions that satisfy the constraints were "
        r"found for the step of 1 from t = 0\. Use a smaller integrator\.step \(now 1\)",
    ) as caught:
        Rattle().integrate(motion, x0, grid(4.0, 5))
    assert caught.value.failed.tolist() == [False, True]
    path = integrate_surviving(Rattle(), motion, x0, grid(4.0, 5))
    assert torch.isfinite(path.x[:, 0]).all()
    assert torch.isfinite(path.x[:, 1]).all(-1).tolist() == [True] + [False] * 4
    alone = Rattle().integrate(motion, x0[0], grid(4.0, 5)).x
    assert torch.allclose(path.x[:, 0], alone, atol=1e-13, rtol=0)


@pytest.mark.parametrize(
    ("motion", "message"),
    [
        (
            FourBar(),
            "constant masses M.*FourBar depend on the positions.*data.integrator=reference",
        ),
        (MassSpring(), "bound by constraints.*MassSpring are free.*integrator=leapfrog"),
        (DoublePendulum(), "bound by constraints.*DoublePendulum are free.*implicit_midpoint"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_motions_that_do_not_fit_are_refused_with_what_does(motion, message):
    x0 = motion.sample_initial(1, torch.Generator())
    with pytest.raises(ValueError, match=message):
        Rattle().integrate(motion, x0, grid(1.0, 2))


def test_coupled_motions_of_others_are_refused_too():
    with pytest.raises(ValueError, match="nothing is bound"):
        Rattle().integrate(Coupled(), torch.ones(1, 2, dtype=torch.float64), grid(1.0, 2))


@pytest.mark.slow
def test_two_rods_released_level_for_a_hundred_seconds():
    """At steps of 0.005 s the energy stays within 0.030 J, and the constraints hold to rounding.

    Beyond 30 s rounding has grown to chaos, and with it the third digit of the range of energies.
    """
    system, level = NLinkCartesian(), math.pi / 2
    x0 = system.from_angles(torch.tensor([[level, level, 0.0, 0.0]], dtype=torch.float64))
    with torch.no_grad():
        path = Rattle().integrate(system, x0, grid(100.0, 20001)).x
    energy = system.hamiltonian(path)
    assert float(energy[:6001].max() - energy[:6001].min()) == pytest.approx(0.0302, abs=1e-4)
    assert float(energy.max() - energy.min()) == pytest.approx(0.030, abs=0.002)
    assert max(float(size.abs().max()) for size in system.violations(path).values()) < 9e-14
