"""Fields of known systems as one writes them in JAX, for one state."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from src.systems.double_pendulum import DoublePendulum
from src.systems.pendulum import Pendulum


def pendulum(system: Pendulum, x: Any) -> Any:
    """Return the field of a pendulum as one writes it in JAX."""
    jnp = import_module("jax.numpy")
    return jnp.stack((x[1] / system.masses[0], -system.weight * jnp.sin(x[0])))


def double_pendulum(system: DoublePendulum, x: Any) -> Any:
    """Return the field of a double pendulum as one writes it in JAX."""
    jnp = import_module("jax.numpy")
    (total, least), (a, b), (heavy, light) = system.loads, system.rods, system.weights
    upper, middle, lower = total * a**2, least * a * b, least * b**2
    coupling = middle * jnp.cos(x[0] - x[1])
    determinant = upper * lower - coupling**2
    v_1 = (lower * x[2] - coupling * x[3]) / determinant
    v_2 = (upper * x[3] - coupling * x[2]) / determinant
    pull = middle * v_1 * v_2 * jnp.sin(x[0] - x[1])
    return jnp.stack((v_1, v_2, -pull - heavy * jnp.sin(x[0]), pull - light * jnp.sin(x[1])))
