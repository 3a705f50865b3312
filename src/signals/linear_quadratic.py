"""The signal that holds a balance at the least cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..mechanics.symplectic import jacobian
from ..systems.ports import OpenSystem
from .base import Law, Signal, check_number, scale

ROUNDS = 40
"""Doublings of the samples in the sum that feedback makes small."""
DRAWS = 1024
"""States that tell how large usual deviations are."""


@dataclass(frozen=True)
class LinearQuadratic(Signal):
    r"""Hold the balance of a system by the linear feedback that is the best for small deviations.

    .. math:: u = u^* - K (x - x^*), \qquad \min_u \sum_k |x_k - x^*|^2 + \rho\,|u_k - u^*|^2

    over the samples, between which inputs are held; with x in the sizes that states of the system
    usually have, and u in its typical inputs. K follows from the solution of Riccati's equation.
    Angles are compared up to full turns.

    Source:
        R. E. Kalman, *Contributions to the theory of optimal control*, Bol. Soc. Mat. Mex. 5
        (1960), 102-119; G. F. Franklin, J. D. Powell, M. Workman, *Digital Control of Dynamic
        Systems*, 3rd ed., chapter 9.

    Raises:
        ValueError: if the cost, the samples or the limit is not positive.
    """

    cost: float = 1.0
    """What typical inputs cost, compared with usual deviations: rho."""
    samples: float = 30.0
    """Samples in a time scale of the system, between which inputs are held; see ``data.step``."""
    limit: float = 10.0
    """Largest input, in the typical inputs of the system."""

    def __post_init__(self) -> None:
        check_number("cost", self.cost, 0)
        check_number("samples", self.samples, 0)
        check_number("limit", self.limit, 0)

    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Return the law; nothing is random.

        Raises:
            ValueError: if no feedback of these inputs holds the balance.
        """
        rest, held = (torch.tensor(it, dtype=torch.float64) for it in system.balance)
        gain, most = self.gain(system), self.limit * scale(system)
        angles = torch.tensor(system.spec.angles)

        def law(t: float, x: Tensor) -> Tensor:
            away = x - rest.to(x)
            turned = torch.remainder(away + math.pi, 2 * math.pi) - math.pi
            away = torch.where(angles.to(x.device), turned, away)
            u = held.to(x) - away @ gain.to(x).mT
            return torch.minimum(torch.maximum(u, -most.to(x)), most.to(x))

        return law

    def gain(self, system: OpenSystem) -> Tensor:
        """Return K ``[inputs, state]``, in units of inputs per unit of the state.

        Raises:
            ValueError: if no feedback of these inputs holds the balance.
        """
        rest, held = (torch.tensor(it, dtype=torch.float64) for it in system.balance)
        sizes, inputs = usual_sizes(system), scale(system)
        by_state = jacobian(lambda x: system.rate(x, held), rest) * sizes / sizes[:, None]
        by_input = jacobian(lambda u: system.rate(rest, u), held) * inputs / sizes[:, None]
        a, b = _sampled(by_state, by_input, system.time_scale / self.samples)
        worth = _riccati(a, b @ b.mT / self.cost)
        if worth is None:
            raise ValueError(
                f"signal=linear_quadratic needs inputs that can hold the balance; those of "
                f"{type(system).__name__} leave a motion of its linear equations alone, or "
                f"signal.samples are too few."
            )
        cost = self.cost * torch.eye(b.shape[1]).to(b) + b.mT @ worth @ b
        return inputs[:, None] * torch.linalg.solve(cost, b.mT @ worth @ a) / sizes


def _sampled(a: Tensor, b: Tensor, step: float) -> tuple[Tensor, Tensor]:
    """Return the map of states and held inputs over a step: part of one exponential."""
    count = len(a)
    both = torch.cat((torch.cat((a, b), dim=1), torch.zeros(b.shape[1], count + b.shape[1])))
    flow = torch.linalg.matrix_exp(step * both)
    return flow[:count, :count], flow[:count, count:]


def _riccati(a: Tensor, reach: Tensor) -> Tensor | None:
    r"""Return the P of :math:`P = 1 + a^T P (1 + r P)^{-1} a`, or None if the sum diverges.

    Each round doubles the number of samples over which deviations are summed.

    Source:
        E. K.-W. Chu, H.-Y. Fan, W.-W. Lin, C.-S. Wang, *Structure-preserving algorithms for
        periodic discrete-time algebraic Riccati equations*, Int. J. Control 77 (2004), 767-788.
    """
    one = torch.eye(len(a)).to(a)
    worth = one
    for _ in range(ROUNDS):
        kept = torch.linalg.solve(one + reach @ worth, torch.cat((a, reach), dim=1))
        on, spread = kept[:, : len(a)], kept[:, len(a) :]
        more = a.mT @ worth @ on
        worth, reach, a = worth + more, reach + a @ spread @ a.mT, a @ on
        if not bool(torch.isfinite(worth).all()):
            return None
        if more.abs().max() <= 1e-14 * worth.abs().max():
            return worth
    return None


def usual_sizes(system: OpenSystem) -> Tensor:
    """Return the spread ``[state]`` of starts, and of their rates over the time scale / 2 pi."""
    x = system.sample_initial(DRAWS, torch.Generator().manual_seed(0))
    pace = system.time_scale / (2 * math.pi)
    return torch.hypot(x.std(0), pace * system.vector_field(x).std(0))
