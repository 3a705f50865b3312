import math

import pytest
import torch
from known_motions import RK4, SPRING, BlowsUp, Damped, LearnedHamiltonian, LearnedLagrangian

from src.evaluation.tangent import TangentMotion, flow_jacobian, join, part

X = SPRING.sample_initial(3, torch.Generator().manual_seed(1))
TIMES = torch.linspace(0, 2, 5, dtype=torch.float64)


def test_the_derivative_of_a_linear_flow_is_the_flow():
    end, jacobian = flow_jacobian(RK4, LearnedHamiltonian(SPRING), X, TIMES)
    directions = torch.eye(2, dtype=torch.float64)
    exact = SPRING.exact_flow(directions, TIMES[-1:])[0].T.expand(3, 2, 2)
    torch.testing.assert_close(jacobian, exact, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(end, SPRING.exact_flow(X, TIMES[-1:])[0], rtol=1e-4, atol=1e-4)


def test_it_is_the_derivative_of_the_numerical_flow_itself():
    model = LearnedLagrangian(SPRING.spec, mass=1.0, stiffness=2.0, bend=1.0)
    _, jacobian = flow_jacobian(RK4, model, X, TIMES)
    x = X.clone().requires_grad_(True)
    rows = [
        torch.autograd.grad(RK4.integrate(model, x, TIMES).x[-1, :, i].sum(), x)[0]
        for i in range(2)
    ]
    torch.testing.assert_close(jacobian, torch.stack(rows, dim=1), rtol=1e-11, atol=1e-11)


def test_the_canonical_problem_and_its_maps_carry_their_derivatives():
    model = LearnedLagrangian(SPRING.spec, SPRING.mass, SPRING.stiffness, factor=3.0)
    problem = TangentMotion(model).canonical()
    x, delta = part(problem.enter(join(X, torch.ones_like(X))))
    scale = torch.tensor([1.0, 3 * SPRING.mass], dtype=torch.float64)
    torch.testing.assert_close(x, X * scale)
    torch.testing.assert_close(delta, scale.expand(3, 2))
    torch.testing.assert_close(problem.leave(join(x, delta)), join(X, torch.ones_like(X)))
    _, rate = part(problem.f(torch.zeros(()), join(x, delta)))
    exact = torch.tensor([1.0, -3 * SPRING.stiffness], dtype=torch.float64)
    torch.testing.assert_close(rate, exact.expand(3, 2))


def test_the_split_problem_carries_its_derivatives():
    problem = TangentMotion(SPRING).split()
    half = torch.tensor([[2.0, 1.0]], dtype=torch.float64)
    assert problem.velocity(half).tolist() == [[2.0 / SPRING.mass, 1.0 / SPRING.mass]]
    assert problem.force(half).tolist() == [[-2.0 * SPRING.stiffness, -SPRING.stiffness]]


def test_a_flow_that_breaks_off_has_no_derivative_and_spoils_no_other():
    x = torch.tensor([[5.0, 1.0], [0.01, 0.01]], dtype=torch.float64)
    end, jacobian = flow_jacobian(RK4, BlowsUp(SPRING.spec), x, TIMES)
    assert end.isfinite().all(-1).tolist() == [False, True]
    assert jacobian.isfinite().all(-1).all(-1).tolist() == [False, True]


def test_the_area_of_a_damped_flow():
    _, jacobian = flow_jacobian(RK4, Damped(SPRING, 0.4), X, TIMES)
    loss = torch.full((3,), math.exp(-0.4 / SPRING.mass * 2), dtype=torch.float64)
    torch.testing.assert_close(torch.linalg.det(jacobian), loss, rtol=1e-5, atol=0)


def test_what_the_motion_refuses_stays_refused():
    with pytest.raises(ValueError, match="no momenta"):
        TangentMotion(Damped(SPRING, 0.1)).canonical()
    with pytest.raises(ValueError, match="separable"):
        TangentMotion(LearnedHamiltonian(SPRING)).split()
