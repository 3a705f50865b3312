import math

import pytest
import torch

from src.mechanics.symplectic import jacobian
from src.systems.grid import Grid, resample


def at(grid):
    return torch.tensor(grid.places, dtype=torch.float64)


def test_points_of_a_ring_and_between_ends():
    assert Grid(4, 2.0).places == (0.0, 0.5, 1.0, 1.5)
    assert Grid(3, 2.0, "fixed").places == (0.5, 1.0, 1.5)


@pytest.mark.parametrize("points", [16, 17])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_of_waves_that_fit_on_a_ring(points, order):
    grid = Grid(points, 3.0)
    k = 2 * math.pi * 7 / 3.0
    expected = k**order * (k * at(grid) + 0.3 + order * math.pi / 2).cos()
    actual = grid.derivative((k * at(grid) + 0.3).cos(), order)
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-13 * k**order)


@pytest.mark.parametrize("points", [8, 9])
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_waves_between_fixed_ends(points, order):
    grid = Grid(points, 3.0, "fixed")
    k = math.pi * points / 3.0
    expected = k**order * (k * at(grid) + order * math.pi / 2).sin()
    actual = grid.derivative((k * at(grid)).sin(), order)
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-13 * k**order)


@pytest.mark.parametrize("points", [6, 7])
def test_odd_derivatives_are_antisymmetric_and_even_ones_symmetric(points):
    """As integration by parts over a ring has it; what conserves the momentum of a field."""
    rest = torch.zeros(points, dtype=torch.float64)
    for order, sign in ((1, -1), (2, 1), (3, -1)):
        matrix = jacobian(lambda u, order=order: Grid(points, 2.0).derivative(u, order), rest)
        torch.testing.assert_close(matrix.mT, sign * matrix, rtol=0, atol=1e-12)


def test_the_shortest_wave_of_an_even_ring_has_only_even_derivatives():
    grid = Grid(8, 8.0)
    zigzag = torch.tensor([1.0, -1.0] * 4, dtype=torch.float64)
    assert torch.equal(grid.derivative(zigzag), torch.zeros(8, dtype=torch.float64))
    torch.testing.assert_close(grid.derivative(zigzag, 2), -(math.pi**2) * zigzag)


def test_derivatives_keep_batches_and_the_type_of_numbers():
    u = torch.randn(2, 3, 9, generator=torch.Generator().manual_seed(0))
    derivative = Grid(9, 1.0).derivative(u)
    assert derivative.dtype == torch.float32
    torch.testing.assert_close(derivative[1, 2], Grid(9, 1.0).derivative(u[1, 2]))


def test_a_finer_grid_shows_the_same_function_and_integrals():
    coarse, fine = Grid(9, 2.0), Grid(18, 2.0)

    def f(x):
        return 0.3 + (math.pi * x).sin() + (4 * math.pi * x - 1).cos()

    torch.testing.assert_close(resample(f(at(coarse)), 18), f(at(fine)))
    torch.testing.assert_close(resample(f(at(fine)), 9), f(at(coarse)))
    u = torch.randn(9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(resample(u, 18).square().sum() / 2, u.square().sum())


def test_an_unknown_boundary_is_refused():
    with pytest.raises(
        ValueError, match=r"system.boundary must be one of periodic, fixed; got free\."
    ):
        Grid(4, 1.0, "free")
