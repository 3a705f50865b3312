"""The relativistic free particle, whose transform is not a matrix: L = 1 - sqrt(1 - v^2)."""

import pytest
import torch

from src.mechanics import legendre
from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.lagrangian import lagrangian_field

POSITION = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
SPEEDS = [-0.999, -0.9, 0.0, 1e-9, 0.3, 0.999]
MOMENTA = [-20.0, -1.0, 0.0, 1e-9, 0.7, 1.5, 20.0]


def lagrangian(x, t=None):
    return 1 - (1 - x[..., 1] ** 2).sqrt() - x[..., 0] ** 2 / 2


def hamiltonian(x, t=None):
    return (1 + x[..., 1] ** 2).sqrt() - 1 + x[..., 0] ** 2 / 2


def beside(second):
    """Every position with every value: ``[position, value, 2]``."""
    values = torch.as_tensor(second, dtype=torch.float64)
    return torch.stack(torch.meshgrid(POSITION, values, indexing="ij"), dim=-1)


def test_the_momentum_grows_without_bound_towards_the_speed_of_light():
    x = beside(SPEEDS)
    v = x[0, :, 1]
    expected = beside(v / (1 - v**2).sqrt())
    torch.testing.assert_close(legendre.to_canonical(lagrangian, x), expected)
    torch.testing.assert_close(legendre.to_velocity(hamiltonian, expected), x)


def test_the_lagrangian_becomes_the_hamiltonian():
    """Full Newton steps from rest would leave |v| < 1 for every p >= 1: they are halved."""
    x = beside(MOMENTA)
    transformed = legendre.HamiltonianOf(lagrangian)
    torch.testing.assert_close(transformed(x), hamiltonian(x), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(
        hamiltonian_field(transformed, x), hamiltonian_field(hamiltonian, x), rtol=1e-9, atol=1e-12
    )


def test_the_hamiltonian_becomes_the_lagrangian():
    x = beside(SPEEDS)
    transformed = legendre.LagrangianOf(hamiltonian)
    torch.testing.assert_close(transformed(x), lagrangian(x), rtol=1e-9, atol=1e-12)


def test_the_field_of_the_transformed_hamiltonian_is_euler_lagrange():
    """Second derivatives pass through the solve."""
    x = beside([0.5, -0.8, 0.1])
    torch.testing.assert_close(
        lagrangian_field(legendre.LagrangianOf(hamiltonian), x), lagrangian_field(lagrangian, x)
    )


def test_the_transform_twice_is_the_identity():
    x = beside([0.1, -0.05])
    again = legendre.LagrangianOf(legendre.HamiltonianOf(lagrangian))
    torch.testing.assert_close(again(x), lagrangian(x))


def test_the_solve_is_differentiable_in_the_state_and_in_the_parameters():
    """v = p / m, so dv/dm = -p / m^2 and dv/dp = 1 / m."""
    mass = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    x = beside([1.0, 2.0, 3.0]).requires_grad_()
    velocity = legendre.invert_fibre_derivative(
        lambda y, t=None: mass * y[..., 1] ** 2 / 2, x, torch.zeros_like(x[..., 1:])
    )
    by_mass, by_state = torch.autograd.grad(velocity.sum(), (mass, x))
    torch.testing.assert_close(by_mass, torch.tensor(-3 * 6 / 4).double())
    torch.testing.assert_close(by_state, torch.tensor([0.0, 0.5]).double().expand(3, 3, 2))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_the_transform_works_where_torch_keeps_no_record(mode):
    x = beside([0.5, 3.0, 0.1])
    with mode():
        torch.testing.assert_close(legendre.HamiltonianOf(lagrangian)(x), hamiltonian(x))


def test_float32_converges_to_its_own_precision():
    x = beside([0.5, 3.0, 0.1]).float()
    energy = legendre.HamiltonianOf(lagrangian)(x)
    assert energy.dtype == torch.float32
    torch.testing.assert_close(energy, hamiltonian(x), rtol=1e-5, atol=1e-6)


def test_a_lagrangian_that_is_linear_in_the_velocity_is_refused():
    with pytest.raises(ValueError, match=r"9 of 9 states\. The energy is not regular there"):
        legendre.HamiltonianOf(lambda x, t=None: x[..., 0] * x[..., 1])(beside([1.0, 2.0, 3.0]))


def test_the_message_counts_the_singular_states_alone():
    def partly_massless(x, t=None):
        return torch.where(x[..., 0] > 1, 0.0, 1.0) * x[..., 1] ** 2 / 2

    with pytest.raises(ValueError, match="3 of 9 states"):
        legendre.HamiltonianOf(partly_massless)(beside([1.0, 2.0, 3.0]))


def test_a_momentum_out_of_reach_is_refused():
    """|dL/dv| < 1 for every v: no velocity has the momentum 2."""
    with pytest.raises(ValueError, match="3 of 9 states"):
        legendre.HamiltonianOf(lambda x, t=None: (1 + x[..., 1] ** 2).sqrt())(
            beside([0.5, 2.0, -0.5])
        )


def test_powers_that_are_singular_at_rest_alone_have_transforms():
    def power(x, t=None):
        q, v = x.chunk(2, dim=-1)
        return (v.abs().pow(1.6) - q.square() / 2).sum(-1)

    x = torch.tensor([[0.3, 0.7], [-0.2, -1e-4], [1.0, 30.0]], dtype=torch.float64)

    def energy(x, t=None):
        q, p = x.chunk(2, dim=-1)
        return (0.6 * (p.abs() / 1.6) ** (1 + 1 / 0.6) + q.square() / 2).sum(-1)

    transformed, back = legendre.HamiltonianOf(power), legendre.LagrangianOf(energy)
    torch.testing.assert_close(transformed(x), energy(x), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(back(x), power(x), rtol=1e-9, atol=1e-12)
