"""Gradients by walking back are those of backpropagation, at a memory that does not grow."""

import pytest
import torch
from motions import Learned, pendulum
from torch import nn

from src.integrators.leapfrog import Leapfrog
from src.integrators.yoshida import Yoshida4, Yoshida6
from src.mechanics.state import StateSpec
from src.models.separable_hnn import SeparableHNN


def gradients(integrator, motion, x0, t):
    x0 = x0.clone().requires_grad_()
    path = integrator.integrate(motion, x0, t)
    weights = torch.linspace(0.5, 1.5, path.x.numel(), dtype=x0.dtype).reshape(path.x.shape)
    (path.x.sin() * weights).sum().backward()
    return path.x.detach(), [x0.grad, *(p.grad for p in motion.parameters())]


@pytest.mark.parametrize("method", [Leapfrog, Yoshida4, Yoshida6])
@pytest.mark.parametrize(
    ("dtype", "step", "close"),
    # In float32 backpropagation through more steps is itself wrong by more than this.
    [(torch.float64, 0.01, 1e-10), (torch.float32, 0.05, 1e-6)],
)
def test_gradients_are_those_of_backpropagation(method, dtype, step, close):
    x0 = torch.tensor([[0.9, -0.4], [0.1, 1.2], [-1.0, 0.3]], dtype=dtype)
    t = torch.tensor([0, 0.5, 0.7, 2.0, 3.0], dtype=dtype)
    results = [
        gradients(method(step=step, adjoint=adjoint), Learned().to(dtype), x0, t)
        for adjoint in (False, True)
    ]
    (path, expected), (walked, got) = results
    assert torch.allclose(path, walked, rtol=0, atol=close)
    for one, other in zip(expected, got, strict=True):
        assert float((one - other).norm()) <= close * float(one.norm())
        assert float(one.norm()) > 0.1


def test_a_learned_energy_gets_the_same_gradients():
    torch.manual_seed(0)
    spec = StateSpec(positions=("a", "b"), angular=(False, False))
    model = SeparableHNN(spec, width=16).double()
    x0 = torch.randn(5, 4, dtype=torch.float64)
    t = torch.linspace(0, 2, 6, dtype=torch.float64)
    results = []
    for adjoint in (False, True):
        model.zero_grad()
        _, grads = gradients(Leapfrog(step=0.02, adjoint=adjoint), model, x0, t)
        results.append([None if g is None else g.clone() for g in grads])
    for one, other in zip(*results, strict=True):
        zero = one is None or not bool(one.any())
        assert (zero and (other is None or not bool(other.any()))) or float(
            (one - other).norm()
        ) <= 1e-10 * float(one.norm())


def test_tensors_whose_gradients_would_be_lost_are_refused():
    stiffness = nn.Parameter(torch.tensor(1.3, dtype=torch.float64))
    x0, t = torch.tensor([0.9, -0.4]).double(), torch.tensor([0, 0.3]).double()
    with pytest.raises(ValueError, match="depends on 1 more tensors"):
        Leapfrog(adjoint=True).integrate(pendulum(stiffness), x0, t)


def test_a_second_derivative_is_refused():
    x0 = torch.tensor([0.9, -0.4], dtype=torch.float64, requires_grad=True)
    t = torch.tensor([0, 0.3], dtype=torch.float64)
    end = Leapfrog(adjoint=True).integrate(Learned(), x0, t).x[-1]
    with pytest.raises(ValueError, match="first derivatives only; got create_graph=True"):
        torch.autograd.grad(end.sum(), x0, create_graph=True)
