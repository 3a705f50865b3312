"""How others take a training step, in their own idioms, written by us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Step = Callable[[], Any]
SIZE = 0.1
"""Of the net beside ``|v|^2 / 2`` in a Lagrangian: with it, all mass matrices can be inverted."""


def net(inputs: int, width: int) -> nn.Sequential:
    """Return the scalar tanh net with two hidden layers of all of them."""
    return nn.Sequential(
        nn.Linear(inputs, width),
        nn.Tanh(),
        nn.Linear(width, width),
        nn.Tanh(),
        nn.Linear(width, 1, bias=False),
    )


def hnn_loss(energy: nn.Module, x: Tensor, dx: Tensor) -> Tensor:
    """Return the loss of an HNN by reverse over reverse, as the paper's code does."""
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(energy(x).sum(), x, create_graph=True)
    by_q, by_p = gradient.chunk(2, -1)
    return (torch.cat((by_p, -by_q), -1) - dx).square().mean()


def lnn_loss(lagrangian: nn.Module, x: Tensor, dx: Tensor) -> Tensor:
    """Return the loss of an LNN, a row of the Hessian at a time: the fastest idiom of autograd."""
    x = x.detach().requires_grad_(True)
    dof = x.shape[-1] // 2
    value = SIZE * lagrangian(x).sum() + x[:, dof:].square().sum() / 2
    (gradient,) = torch.autograd.grad(value, x, create_graph=True)
    rows = [
        torch.autograd.grad(gradient[:, dof + i].sum(), x, create_graph=True)[0] for i in range(dof)
    ]
    second = torch.stack(rows, 1)  # d/dx of dL/dv
    v = x[:, dof:]
    right = gradient[:, :dof] - (second[..., :dof] @ v.unsqueeze(-1)).squeeze(-1)
    acceleration = torch.linalg.solve(second[..., dof:], right)
    return (torch.cat((v, acceleration), -1) - dx).square().mean()


def bare_loop(
    loss: Callable[[nn.Module, Tensor, Tensor], Tensor], model: nn.Module, x: Tensor, dx: Tensor
) -> Step:
    """Return an optimizer step as a bare loop takes it."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-6)

    def step() -> float:
        value = loss(model, x, dx)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return float(value.detach())

    return step


def jax_step(kind: str, weights: list[Tensor], x: Tensor, dx: Tensor) -> Step | None:
    """Return the step of JAX, jitted, with optax; LNNs by hessian and pinv. None without JAX."""
    try:
        import jax
        import jax.numpy as jnp
        import optax
    except ImportError:
        return None
    w = [jnp.asarray(part.detach().numpy()) for part in weights]
    states, rates = jnp.asarray(x.numpy()), jnp.asarray(dx.numpy())
    dof = x.shape[-1] // 2

    def scalar(w: Any, y: Any) -> Any:
        return (w[4] @ jnp.tanh(w[2] @ jnp.tanh(w[0] @ y + w[1]) + w[3]))[0]

    def hnn(w: Any, y: Any) -> Any:
        gradient = jax.grad(scalar, 1)(w, y)
        return jnp.concatenate((gradient[dof:], -gradient[:dof]))

    def lagrangian(w: Any, y: Any) -> Any:
        return SIZE * scalar(w, y) + jnp.square(y[dof:]).sum() / 2

    def lnn(w: Any, y: Any) -> Any:
        gradient, second = jax.grad(lagrangian, 1)(w, y), jax.hessian(lagrangian, 1)(w, y)
        right = gradient[:dof] - second[dof:, :dof] @ y[dof:]
        return jnp.concatenate((y[dof:], jnp.linalg.pinv(second[dof:, dof:]) @ right))

    field = {"hnn": hnn, "lnn": lnn}[kind]

    def loss(w: Any) -> Any:
        return jnp.square(jax.vmap(lambda y: field(w, y))(states) - rates).mean()

    optimizer = optax.adam(1e-6)

    @jax.jit
    def update(w: Any, state: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(w)
        change, state = optimizer.update(gradient, state)
        return value, optax.apply_updates(w, change), state

    held = [w, optimizer.init(w)]

    def step() -> float:
        value, held[0], held[1] = update(held[0], held[1])
        return float(value)

    return step
