import pytest
import torch

from src.models.clnn_pairs import CLNNPairs, PairPotential
from src.systems.coupled_pendulums import CoupledPendulums
from src.systems.four_bar import FourBar


def potential():
    torch.manual_seed(0)
    made = PairPotential(3, 2, 8, 2, "softplus").double()
    draws = torch.randn(6, dtype=torch.float64)
    made.fit(draws, 1 + draws.square(), torch.tensor(2.0).double())
    return made


def test_the_gradient_is_that_of_the_sum():
    made, q = potential(), torch.randn(5, 6).double()
    expected = torch.func.grad(lambda y: made(y).sum())(q)
    torch.testing.assert_close(made.gradient(q), expected)


def test_what_two_points_feel_of_each_other_does_not_ask_for_the_third():
    made, q, step = potential(), torch.randn(5, 6).double(), torch.zeros(6).double()
    step[4:] = 0.7
    away = q.clone()
    away[:, :2] += 0.9

    def change(x):
        """Of the force on the first point as the third one moves."""
        return (made.gradient(x + step) - made.gradient(x))[:, :2]

    second = away.clone()
    second[:, 2:4] += 1.3
    torch.testing.assert_close(change(second), change(away))
    assert (change(away) - change(q)).abs().max() > 1e-4


def test_points_of_another_dimension_are_refused():
    with pytest.raises(ValueError, match=r"model=clnn_pairs needs .*model.dimension=2"):
        CLNNPairs(CoupledPendulums().model_spec, dimension=2)
    with pytest.raises(ValueError, match="model=clnn_pairs needs Cartesian"):
        CLNNPairs(FourBar().model_spec, dimension=3)
