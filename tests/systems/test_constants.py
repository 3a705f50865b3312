import pytest
import torch

from src.systems.constants import like


def test_numbers_take_the_type_of_the_state():
    for dtype in (torch.float32, torch.float64):
        vector = like((1, 2.5), torch.zeros(3, dtype=dtype))
        assert vector.dtype == dtype
        assert vector.tolist() == [1.0, 2.5]


def test_numbers_are_made_once():
    x = torch.zeros(2, dtype=torch.float64)
    assert like((0.1, 0.2), x) is like((0.1, 0.2), x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_numbers_first_used_within_a_transform_outlive_it(dtype):
    """A Hessian needs two levels of torch.func, and the numbers of either must not be kept."""
    values = (3.25, 4.75, float(dtype.itemsize))
    x = torch.ones(3, dtype=dtype)

    def energy(y):
        return (like(values, y) * y.square()).sum()

    expected = torch.diag(2 * torch.tensor(values, dtype=dtype))
    assert torch.equal(torch.func.hessian(energy)(x), expected)
    assert torch.equal(torch.func.grad(energy)(x), expected.diagonal())
    assert torch.equal(torch.func.hessian(energy)(x), expected)


def test_numbers_first_used_in_inference_mode_can_be_part_of_a_gradient():
    x = torch.ones(2, dtype=torch.float64)
    with torch.inference_mode():
        like((5.5, 6.5), x)
    x.requires_grad_()
    (like((5.5, 6.5), x) * x.square()).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [11.0, 13.0]
