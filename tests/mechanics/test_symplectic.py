import math

import pytest
import torch

from src.mechanics.symplectic import divergence, jacobian, symplectic_form, symplecticity_defect

X = torch.tensor([[0.4, 1.3], [-0.9, 0.2], [1.7, -2.0]], dtype=torch.float64)


def test_the_form_turns_gradients_into_fields():
    omega = symplectic_form(2)
    assert omega.tolist() == [[0, 0, 1, 0], [0, 0, 0, 1], [-1, 0, 0, 0], [0, -1, 0, 0]]
    assert symplectic_form(1, torch.float32).dtype == torch.float32


@pytest.mark.parametrize("angle", [0.0, 0.3, 2.0])
def test_rotations_are_symplectic(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[cos, sin], [-sin, cos]], dtype=torch.float64)
    assert symplecticity_defect(turn) < 1e-15


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, 3.0])
def test_scaling_misses_by_the_change_of_area(factor):
    defect = symplecticity_defect(factor * torch.eye(4, dtype=torch.float64))
    assert float(defect) == pytest.approx(abs(factor**2 - 1), abs=1e-15)


def test_keeping_volume_is_not_enough():
    """diag(2, 1, 1/2, 1) is symplectic; diag(2, 1/2, 1, 1) keeps the volume alone."""
    squeeze = torch.diag(torch.tensor([2.0, 1.0, 0.5, 1.0]).double())
    swap = torch.diag(torch.tensor([2.0, 0.5, 1.0, 1.0]).double())
    together = symplecticity_defect(torch.stack((squeeze, swap)))
    assert float(together[0]) < 1e-15
    assert float(together[1]) == pytest.approx(math.sqrt((1 + 0.25) / 2))


def curl(x):
    return torch.stack((x[..., 0] * x[..., 1], x[..., 1].sin(), x[..., 0] ** 2), dim=-1)


def test_the_jacobian_agrees_with_reverse_mode():
    expected = torch.stack([torch.func.jacrev(curl)(sample) for sample in X])
    torch.testing.assert_close(jacobian(curl, X), expected)


def test_the_divergence_of_a_linear_field_is_its_trace():
    matrix = torch.tensor([[0.5, -3.0], [7.0, 2.0]], dtype=torch.float64)
    values = divergence(lambda x: x @ matrix.mT, X)
    assert values.tolist() == pytest.approx([2.5] * 3)
