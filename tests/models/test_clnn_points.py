import pytest
import torch

from src.mechanics.state import split_state
from src.models.clnn_points import CLNNPoints
from src.systems.four_bar import FourBar
from src.systems.rotor import Rotor

SPEC = Rotor().model_spec


def test_masses_are_alike_in_all_directions_and_couple_the_points():
    torch.manual_seed(0)
    model = CLNNPoints(SPEC, dimension=3, width=8).double()
    x, dx = torch.randn(2, 20, 24).double()
    model.fit_scaling(x, dx)
    with torch.no_grad():
        model.net.kinetic.entries.normal_()
    turn = torch.linalg.qr(torch.randn(3, 3).double()).Q
    q, v = split_state(x)
    turned = torch.cat((q, (v.unflatten(-1, (4, 3)) @ turn).flatten(-2)), dim=-1)
    torch.testing.assert_close(model.net.kinetic(turned), model.net.kinetic(x))
    matrix = model.net.kinetic.constant()
    assert torch.linalg.eigvalsh(matrix).min() > 0
    assert matrix[0, 3::3].abs().min() > 0
    assert model.net.kinetic.entries.shape == (10,)


def test_points_of_another_dimension_are_refused():
    with pytest.raises(ValueError, match=r"model=clnn_points needs .*model.dimension=5"):
        CLNNPoints(SPEC, dimension=5)
    with pytest.raises(ValueError, match="model=clnn_points needs Cartesian"):
        CLNNPoints(FourBar().model_spec, dimension=3)
