import math

import torch

from src.evaluation.flow import flow_jacobian

from .known_motions import RK4, SPRING, BlowsUp, Damped, LearnedHamiltonian, LearnedLagrangian

X = SPRING.sample_initial(3, torch.Generator().manual_seed(1))
TIMES = torch.linspace(0, 2, 5, dtype=torch.float64)
SPREAD = torch.tensor([0.5, 1.2], dtype=torch.float64)


def test_the_derivative_of_a_linear_flow_is_the_flow():
    end, jacobian = flow_jacobian(RK4, LearnedHamiltonian(SPRING), X, TIMES, SPREAD)
    directions = torch.eye(2, dtype=torch.float64)
    exact = SPRING.exact_flow(directions, TIMES[-1:])[0].T.expand(3, 2, 2)
    torch.testing.assert_close(jacobian, exact, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(end, SPRING.exact_flow(X, TIMES[-1:])[0], rtol=1e-4, atol=1e-4)


def test_it_is_the_derivative_of_the_numerical_flow_itself():
    model = LearnedLagrangian(SPRING.spec, mass=1.0, stiffness=2.0, bend=1.0)
    _, jacobian = flow_jacobian(RK4, model, X, TIMES, SPREAD)
    x = X.clone().requires_grad_(True)
    rows = [
        torch.autograd.grad(RK4.integrate(model, x, TIMES).x[-1, :, i].sum(), x)[0]
        for i in range(2)
    ]
    torch.testing.assert_close(jacobian, torch.stack(rows, dim=1), rtol=1e-9, atol=1e-9)


def test_a_flow_that_breaks_off_has_no_derivative_and_spoils_no_other():
    x = torch.tensor([[5.0, 1.0], [0.01, 0.01]], dtype=torch.float64)
    end, jacobian = flow_jacobian(RK4, BlowsUp(SPRING.spec), x, TIMES, SPREAD)
    assert end.isfinite().all(-1).tolist() == [False, True]
    assert jacobian.isfinite().all(-1).all(-1).tolist() == [False, True]


def test_the_area_of_a_damped_flow():
    _, jacobian = flow_jacobian(RK4, Damped(SPRING, 0.4), X, TIMES, SPREAD)
    loss = torch.full((3,), math.exp(-0.4 / SPRING.mass * 2), dtype=torch.float64)
    torch.testing.assert_close(torch.linalg.det(jacobian), loss, rtol=1e-5, atol=0)
