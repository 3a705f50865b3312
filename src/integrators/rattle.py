"""The leapfrog method on a manifold: RATTLE."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.constraints import combine, land, solve
from ..mechanics.problem import Constrained, Mechanical
from ..mechanics.state import split_state
from .base import Counted, IntegrationError, Path, check_times
from .fixed_step import FixedStep, substeps


class Rattle(FixedStep):
    r"""Kick, drift, kick with constraint forces, for ``H = p M^-1 p / 2 + V(q)``, ``phi(q) = 0``.

    .. math::
        p' = p + \tfrac h2 F(q) - \tfrac1h \varphi_q(q)^T \nu, \quad
        \bar q = q + h M^{-1} p', \quad \varphi(\bar q) = 0, \\
        \bar p = p' + \tfrac h2 F(\bar q) - \varphi_q(\bar q)^T \mu, \quad
        \varphi_q(\bar q) M^{-1} \bar p = 0

    Symmetric, and symplectic on the manifold, where starts must lie; without constraints it is the
    leapfrog method. Newton's method finds :math:`\nu` per sample, to rounding: the constraints hold
    at every step, however many there are. For masses that depend on the position the method would
    be implicit in the momenta too; such motions are refused.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.1.4;
        H. C. Andersen, *Rattle: a "velocity" version of the Shake algorithm*, J. Comput. Phys. 52
        (1983), 24-34.
    """

    @property
    def order(self) -> int:
        """Two."""
        return 2

    @property
    def symplectic(self) -> bool:
        """On the manifold."""
        return True

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.constrained()``; see :meth:`Integrator.integrate`."""
        check_times(t)
        problem = motion.constrained()
        force = Counted(problem.force)
        now = _Now.at(problem, force, *split_state(x0))
        states = [x0]
        for start, h, count in substeps(t, self.step):
            for i in range(count):
                now, failed = _step(problem, force, now, h)
                if bool(failed.any()):
                    raise IntegrationError(
                        failed=failed,
                        path=Path(t[: len(states)], torch.stack(states), force.calls),
                        reason=f"no positions that satisfy the constraints were found for the step "
                        f"of {h:.3g} from t = {start + i * h:.6g}",
                        remedy=f"Use a smaller integrator.step (now {abs(h):.3g}), and starts that "
                        f"satisfy the constraints.",
                    )
            states.append(torch.cat((now.q, now.p), dim=-1))
        return Path(t, torch.stack(states), force.calls)


@dataclass(frozen=True)
class _Now:
    """A state, and what the step that closes there and the one that opens share."""

    q: Tensor
    p: Tensor
    acting: Tensor
    """The force."""
    rows: Tensor
    """The Jacobian of the constraints, ``[*batch, constraints, dof]``."""
    directions: Tensor
    """The velocities that impulses along the rows make, ``[*batch, dof, constraints]``."""

    @classmethod
    def at(cls, problem: Constrained, force: Counted, q: Tensor, p: Tensor) -> _Now:
        rows = problem.phi_q(q)
        return cls(q, p, force(q), rows, problem.velocity(rows).mT)


def _step(problem: Constrained, force: Counted, now: _Now, h: float) -> tuple[_Now, Tensor]:
    """Return the state after a step of ``h``, and the samples ``[*batch]`` that did not get there.

    Momenta at the end lose the part that would leave the manifold: a linear problem.
    """
    kicked = torch.add(now.p, now.acting, alpha=h / 2)
    free = torch.add(now.q, problem.velocity(kicked), alpha=h)
    nu, failed = land(problem.phi, problem.phi_q, free, now.directions)
    q = free - combine(now.directions, nu)
    middle = torch.add(kicked, combine(now.rows.mT, nu), alpha=-1 / h)
    end = _Now.at(problem, force, q, middle)
    p = torch.add(middle, end.acting, alpha=h / 2)
    mu = solve(end.rows @ end.directions, combine(end.rows, problem.velocity(p)))
    p = p - combine(end.rows.mT, mu)
    return _Now(q, p, end.acting, end.rows, end.directions), failed
