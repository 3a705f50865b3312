"""Small motions to integrate: separable or not, lasting or ending, known or learned."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from src.mechanics.problem import Canonical, Constrained, Field, Split
from src.mechanics.state import split_state


def grid(end: float, count: int) -> Tensor:
    return torch.linspace(0, end, count, dtype=torch.float64)


@dataclass
class Separable:
    """``H = p^2 / 2 + V(q)``, a sum over coordinates, from V and its slope; counts its calls."""

    potential: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    calls: int = field(default=0, compare=False)
    coordinates = "canonical"

    def hamiltonian(self, x: Tensor) -> Tensor:
        q, p = split_state(x)
        return (p.square() / 2 + self.potential(q)).sum(-1)

    def force(self, q: Tensor) -> Tensor:
        self.calls += 1
        return -self.slope(q)

    def rate(self, t: Tensor, x: Tensor) -> Tensor:
        q, p = split_state(x)
        return torch.cat((p, self.force(q)), dim=-1)

    def field(self) -> Field:
        return Field(self.rate)

    def canonical(self) -> Canonical:
        return Canonical(self.rate)

    def split(self) -> Split:
        return Split(velocity=lambda p: p, force=self.force)

    def steps(self):
        raise ValueError("use a field")

    def constrained(self) -> Constrained:
        """No constraint at all: RATTLE is then leapfrog."""

        def rows(q):
            return q.new_zeros(*q.shape[:-1], 0, q.shape[-1])

        return Constrained(lambda p: p, self.force, lambda q: q[..., :0], rows)


def spring(stiffness: float = 1.0) -> Separable:
    """A unit mass on a spring: ``MassSpring``, without its checks of shapes and its autodiff."""
    return Separable(lambda q: stiffness * q.square() / 2, lambda q: stiffness * q)


def pendulum(stiffness: float | Tensor = 1.0) -> Separable:
    """A pendulum of unit mass and length."""
    return Separable(lambda q: stiffness * (1 - q.cos()), lambda q: stiffness * q.sin())


def runaway() -> Separable:
    """``V = -q^4``: from ``q = 0`` at rest nothing moves, from ``q = 1`` all ends in a while."""
    return Separable(lambda q: -(q**4), lambda q: -4 * q**3)


@dataclass
class Coupled:
    """``H = (q^2 + 1) (p^2 + 1) / 2``, which is not separable.

    Source:
        M. Tao, Phys. Rev. E 94 (2016) 043303, section III.
    """

    coordinates = "canonical"

    def rate(self, t: Tensor, x: Tensor) -> Tensor:
        q, p = split_state(x)
        return torch.cat((p * (q.square() + 1), -q * (p.square() + 1)), dim=-1)

    def field(self) -> Field:
        return Field(self.rate)

    def canonical(self) -> Canonical:
        return Canonical(self.field().f)

    def split(self) -> Split:
        raise ValueError("not separable: use integrator=implicit_midpoint")

    def steps(self):
        raise ValueError("use a field")

    def constrained(self) -> Constrained:
        raise ValueError("nothing is bound")


@dataclass
class Driven:
    """``dx/dt = f(t, x)`` for any f, canonical by declaration."""

    f: Callable[[Tensor, Tensor], Tensor]
    coordinates = "canonical"

    def field(self) -> Field:
        return Field(self.f)

    def canonical(self) -> Canonical:
        return Canonical(self.f)

    def split(self) -> Split:
        raise ValueError("not separable")

    def steps(self):
        raise ValueError("use a field")

    def constrained(self) -> Constrained:
        raise ValueError("nothing is bound")


class Learned(nn.Module):
    """A pendulum whose gravity is a parameter, in every form an integrator may ask for."""

    coordinates = "canonical"

    def __init__(self, gravity: float = 1.3) -> None:
        super().__init__()
        self.gravity = nn.Parameter(torch.tensor(gravity, dtype=torch.float64))

    def field(self) -> Field:
        return pendulum(self.gravity).field()

    def canonical(self) -> Canonical:
        return pendulum(self.gravity).canonical()

    def split(self) -> Split:
        return pendulum(self.gravity).split()

    def steps(self):
        raise ValueError("use a field")

    def constrained(self) -> Constrained:
        return pendulum(self.gravity).constrained()
