"""Brackets that come from pairs in other coordinates, and brackets that come from none."""

import torch

from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.poisson import (
    jacobi_defect,
    modular_field,
    poisson_field,
    poisson_map_defect,
)
from src.mechanics.symplectic import divergence, symplectic_form, symplecticity_defect


def states(size, count=6):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(0)).double()


def skew(entries):
    """The matrix of ``J v = (a, b, c) x v``."""
    a, b, c = entries
    zero = torch.zeros_like(a)
    rows = ((zero, -c, b), (c, zero, -a), (-b, a, zero))
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def constant(x):
    return symplectic_form(x.shape[-1] // 2).expand(*x.shape, x.shape[-1])


def energy(x, t=None):
    return x.square().sum(-1) / 2 + x[..., 0] * x[..., 1].cos() + x[..., -1].sin()


def prey(x):
    """Lotka and Volterra's brackets {x1, x2} = x1 x2: canonical for the logarithms."""
    zero, product = torch.zeros_like(x[..., 0]), x[..., 0] * x[..., 1]
    return torch.stack((torch.stack((zero, product), -1), torch.stack((-product, zero), -1)), -2)


def test_the_brackets_of_pairs_give_hamiltons_equations():
    x = states(4)
    assert torch.allclose(poisson_field(energy, constant, x), hamiltonian_field(energy, x))
    assert (jacobi_defect(constant, x) == 0).all()


def test_the_identity_of_jacobi_tells_brackets_from_skew_matrices():
    x = states(3)
    rotations = lambda y: skew(y.unbind(-1))  # noqa: E731
    # a . curl a = 0 is the identity in three dimensions; here it is x2 x3 + x3 x1 + x1 x2.
    twisted = lambda y: skew((y[..., 1], y[..., 2], y[..., 0]))  # noqa: E731
    assert (jacobi_defect(rotations, x) < 1e-14).all()
    assert (jacobi_defect(twisted, x) > 0.05).all()


def test_a_field_gains_the_volume_that_its_structure_says():
    x = states(2).abs() + 0.5
    slope = torch.func.grad(lambda y: energy(y).sum())(x)
    gained = divergence(lambda y: poisson_field(energy, prey, y), x)
    torch.testing.assert_close(gained, (modular_field(prey, x) * slope).sum(-1))
    assert gained.abs().min() > 1e-2


def test_a_map_is_judged_as_in_the_coordinates_in_which_brackets_are_those_of_pairs():
    x = states(2).abs() + 0.5
    for factor, kept in ((2.0, True), (1.0, False)):
        # In the logarithms: a stretch of one, and a squeeze of the other unless factor is 1.
        end = torch.stack((x[:, 0] ** 2, x[:, 1] ** (1 / factor)), -1)
        slopes = torch.diag_embed(torch.stack((2 * end[:, 0] / x[:, 0], end[:, 1] / x[:, 1]), -1))
        slopes[:, 1, 1] /= factor
        defect = poisson_map_defect(prey, x, end, slopes)
        assert (defect < 1e-12).all() if kept else (defect > 0.5).all()


def test_for_pairs_a_map_that_keeps_the_brackets_is_symplectic():
    x = states(4)
    general = torch.randn(6, 4, 4, generator=torch.Generator().manual_seed(1)).double()
    shear = torch.eye(4).double() + torch.tensor([[0, 0], [1.0, 0]]).double().kron(
        torch.tensor([[2.0, 1.0], [1.0, 3.0]]).double()
    )
    for slopes, kept in ((shear.expand(6, 4, 4), True), (general, False)):
        brackets = poisson_map_defect(constant, x, x, slopes)
        assert (brackets < 1e-14).all() == kept
        assert (symplecticity_defect(slopes) < 1e-14).all() == kept
