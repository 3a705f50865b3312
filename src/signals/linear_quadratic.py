"""The signal that holds a balance at the least cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..mechanics.symplectic import jacobian
from ..systems.ports import OpenSystem
from .base import Law, Signal, check_number, scale

DRAWS = 1024
"""States that tell how large usual deviations are."""


@dataclass(frozen=True)
class LinearQuadratic(Signal):
    r"""Hold the balance of a system by the linear feedback that is the best for small deviations.

    .. math:: u = u^* - K (x - x^*), \qquad \min_u \int_0^\infty |x - x^*|^2 + \rho\,|u - u^*|^2

    with x in the sizes that states of the system usually have, u in its typical inputs and times in
    its time scale over 2 pi. The stable motions of the optimum are a Lagrangian subspace of the
    Hamiltonian matrix of the problem, the graph of :math:`P`: its eigenvectors solve the equation
    of Riccati. Angles are compared up to full turns.

    Source:
        P. Lancaster, L. Rodman, *Algebraic Riccati Equations*, 1995, section 7.2; R. E. Kalman,
        *Contributions to the theory of optimal control*, Bol. Soc. Mat. Mex. 5 (1960), 102-119.

    Raises:
        ValueError: if the cost or the limit is not positive.
    """

    cost: float = 1.0
    """What typical inputs cost, compared with usual deviations: rho."""
    limit: float = 10.0
    """Largest input, in the typical inputs of the system."""

    def __post_init__(self) -> None:
        check_number("cost", self.cost, 0)
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
        pace = system.time_scale / (2 * math.pi)
        a = jacobian(lambda x: system.rate(x, held), rest) * pace * sizes / sizes[:, None]
        b = jacobian(lambda u: system.rate(rest, u), held) * pace * inputs / sizes[:, None]
        return inputs[:, None] * self._optimum(a, b, type(system).__name__) / sizes

    def _optimum(self, a: Tensor, b: Tensor, name: str) -> Tensor:
        """Return ``K = b^T P / rho`` for unit weights, without dimensions."""
        count = len(a)
        flow = torch.cat(
            (
                torch.cat((a, -b @ b.mT / self.cost), 1),
                torch.cat((-torch.eye(count).to(a), -a.mT), 1),
            )
        )
        values, vectors = torch.linalg.eig(flow)
        stable = vectors[:, values.real < -1e-9 * values.abs().max()]
        if stable.shape[1] != count:
            raise ValueError(
                f"signal=linear_quadratic needs inputs that can hold the balance; those of {name} "
                f"leave a motion of its linear equations alone. Use signal=sum_of_sines."
            )
        # Solved as X S = C for the graph of P over the states: the rows of C are the costates.
        riccati = torch.linalg.solve(stable[:count].mT, stable[count:].mT).mT.real
        return b.mT @ riccati / self.cost


def usual_sizes(system: OpenSystem) -> Tensor:
    """Return the spread ``[state]`` of starts, and of their rates over the time scale / 2 pi."""
    x = system.sample_initial(DRAWS, torch.Generator().manual_seed(0))
    pace = system.time_scale / (2 * math.pi)
    return torch.hypot(x.std(0), pace * system.vector_field(x).std(0))
