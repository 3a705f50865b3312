import pytest
import torch

from src.mechanics.hamiltonian import energy_gradient, hamiltonian_field

STATES = torch.tensor([[0.5, -1.0, 2.0, 0.3], [1.5, 0.1, -0.2, 0.7]], dtype=torch.float64)


def quartic(x, t=None):
    """H = q1^4 / 4 + q2 p1 + p2^2 / 2."""
    return x[..., 0] ** 4 / 4 + x[..., 1] * x[..., 2] + x[..., 3] ** 2 / 2


class WithGradient:
    """An energy whose closed form differs from its own derivative, to tell which one is used."""

    def __call__(self, x, t=None):
        return x.square().sum(-1)

    def gradient(self, x, t=None):
        return torch.full_like(x, 7.0)


def test_the_field_is_the_turned_gradient():
    q1, q2, p1, p2 = STATES.unbind(-1)
    expected = torch.stack((q2, p2, -(q1**3), -p1), dim=-1)
    torch.testing.assert_close(hamiltonian_field(quartic, STATES), expected)


def test_a_closed_form_gradient_is_taken_where_there_is_one():
    assert (energy_gradient(WithGradient(), STATES) == 7).all()


def test_time_reaches_the_energy():
    t = torch.tensor(3.0, dtype=torch.float64)
    gradient = energy_gradient(lambda x, t=None: t * x.sum(-1), STATES, t)
    assert (gradient == 3).all()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_gradients_exist_where_torch_keeps_no_record(mode):
    with mode():
        inside = energy_gradient(quartic, STATES.clone())
    assert torch.equal(inside, energy_gradient(quartic, STATES))


def test_the_gradient_is_differentiable_in_the_parameters_of_the_energy():
    stiffness = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    force = energy_gradient(lambda x, t=None: stiffness * x.square().sum(-1) / 2, STATES)
    (slope,) = torch.autograd.grad(force.sum(), stiffness)
    torch.testing.assert_close(slope, STATES.sum())


def test_an_odd_state_has_no_field():
    with pytest.raises(ValueError, match="even size"):
        hamiltonian_field(lambda x, t=None: x.sum(-1), torch.zeros(2, 3))
