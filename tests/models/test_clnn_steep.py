import pytest
import torch

from src.models.clnn_steep import CLNNSteep, SteepPotential
from src.systems.four_bar import FourBar


def test_the_gradient_is_that_of_the_sum():
    torch.manual_seed(0)
    made = SteepPotential(3, 8, 2, "softplus").double()
    draws = torch.randn(3, dtype=torch.float64)
    made.fit(draws, 1 + draws.square(), torch.tensor(2.0).double())
    q = torch.randn(5, 3).double()
    expected = torch.func.grad(lambda y: made(y).sum())(q)
    torch.testing.assert_close(made.gradient(q), expected)


def test_angles_are_refused():
    with pytest.raises(ValueError, match="model=clnn_steep needs Cartesian"):
        CLNNSteep(FourBar().model_spec)
