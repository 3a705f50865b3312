"""Every method of torchdiffeq, made to hold for each sample of a batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torchdiffeq import odeint, odeint_adjoint

from ..mechanics.problem import Mechanical
from .base import Path, check_times
from .fixed_step import check_step, rounding, substeps
from .runge_kutta import TABLEAUS, explicit
from .stepping import follow_formula
from .tolerances import WithTolerances
from .watch import Watch

ADAPTIVE = {"dopri8": 8, "dopri5": 5, "bosh3": 3, "fehlberg2": 2, "adaptive_heun": 2}
FIXED = {"euler": 1, "midpoint": 2, "heun2": 2, "heun3": 3, "rk4": 4}
MULTISTEP = {"explicit_adams": 4, "implicit_adams": 5}
ORDERS = ADAPTIVE | FIXED | MULTISTEP
"""The methods of torchdiffeq that are differentiable; its scipy_solver is not, and so not here."""

GROWTH = 9.7
"""Largest growth of a step. With torchdiffeq's 10, and output times in powers of ten, a step can
end on an output time by chance; torchdiffeq then steps over all later ones, and interpolates."""

ADAMS = {"max_order": 5, "max_iters": 30}
"""torchdiffeq's own: 12 past slopes, unstable at steps worth taking, and 4 corrections, too few."""


@dataclass(frozen=True)
class ODESolver(WithTolerances):
    """A Runge-Kutta or Adams method of torchdiffeq, by its name there.

    Adaptive methods share one step among the samples, as short as the hardest one needs, so that
    each is as accurate as alone; they end a step on every output time. Adams methods start anew,
    with rk4, wherever the step changes.

    Source:
        Hairer, Norsett, Wanner, *Solving Ordinary Differential Equations I*, 2nd ed.,
        sections II.1 and II.5 (Runge-Kutta), III.1 (Adams); Chen et al., *Neural Ordinary
        Differential Equations*, 2018, arXiv:1806.07366, algorithm 1 (adjoint).

    Raises:
        ValueError: if the method is unknown, a setting is not positive, or does not apply to it.
    """

    method: str = "dopri8"
    """Name of the method."""
    step: float | None = None
    """Longest step of a method of fixed step; None takes one step per output interval."""
    adjoint: bool = False
    """Whether gradients come from the adjoint equations: constant memory, less exact, slower."""

    def __post_init__(self) -> None:
        if self.method not in ORDERS:
            raise ValueError(
                f"integrator.method must be one of {', '.join(ORDERS)}; got {self.method!r}."
            )
        super().__post_init__()
        check_step(self.step)
        if self.step is not None and self.method in ADAPTIVE:
            raise ValueError(
                f"integrator.step must be null for {self.method}, which chooses its steps itself "
                f"from integrator.rtol and atol; got {self.step}. Methods of fixed step are "
                f"{', '.join(FIXED | MULTISTEP)}."
            )

    @property
    def order(self) -> int:
        """Order of the method."""
        return ORDERS[self.method]

    @property
    def symplectic(self) -> bool:
        """Never: none of these methods is."""
        return False

    def integrate(
        self, motion: Mechanical, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Path:
        """Follow ``motion.field()``; see :meth:`Integrator.integrate`.

        Raises:
            ValueError: also if gradients by the adjoint are asked of a motion whose parameters
                cannot be found.
        """
        check_times(t)
        if self.method in TABLEAUS and not self.adjoint:
            # The same steps, where they can be taken without torch.
            tableau = TABLEAUS[self.method]
            path = follow_formula(
                motion, self.method, lambda: explicit(motion.field().f, tableau), x0, t, self.step
            )
            if path is not None:
                return path
        limit = self.step_limit(t) if self.method in ADAPTIVE else None
        watch = Watch(motion.field().f, x0, t, self.order, limit)
        solve = self._solver(motion, watch, x0, t)
        x, pieces = x0, [x0.unsqueeze(0)]
        for run in self._runs(t.to(x0.device)):
            piece = solve(x, run)
            x = piece[-1]
            pieces.append(piece[1:])
        return Path(t, torch.cat(pieces), watch.calls)

    def _runs(self, t: Tensor) -> list[Tensor]:
        """Return the times of each stretch that torchdiffeq may take in one call.

        Its Adams methods have the coefficients of equal steps, whatever the steps are.
        """
        if self.method not in MULTISTEP:
            return [t]
        steps = [h for _, h, _ in substeps(t, self.step)]
        cuts = [0]
        for i in range(1, len(steps)):
            if abs(steps[i] - steps[cuts[-1]]) > rounding(t):
                cuts.append(i)
        return [t[a : b + 1] for a, b in zip(cuts, [*cuts[1:], len(steps)], strict=True)]

    def _solver(
        self, motion: Mechanical, watch: Watch, x0: Tensor, t: Tensor
    ) -> Callable[[Tensor, Tensor], Tensor]:
        rtol, atol = self.tolerances(x0.dtype)
        parameters = _parameters(motion, x0, t) if self.adjoint else None

        def solve(x: Tensor, times: Tensor) -> Tensor:
            settings = {"rtol": rtol, "atol": atol, "method": self.method}
            options = self._options(times) | {"norm": watch.norm}
            if parameters is None or not torch.is_grad_enabled():
                return cast(Tensor, odeint(watch, x, times, options=options, **settings))
            # torchdiffeq turns time around for the adjoint, but not the options.
            ahead = times if times[0] < times[1] else -times
            adjoint = {
                "adjoint_options": self._options(ahead) | {"norm": watch.adjoint_norm},
                "adjoint_params": parameters,
            }
            path = odeint_adjoint(watch, x, times, options=options, **settings, **adjoint)
            return cast(Tensor, path)

        def solve_settled(x: Tensor, times: Tensor) -> Tensor:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", message="Functional iteration did not converge")
                try:
                    return solve(x, times)
                except UserWarning:
                    raise watch.error(
                        watch.unsettled(rtol, atol),
                        reason="the implicit equations of a step did not converge",
                        remedy=f"Use a smaller integrator.step (now {self.step or 'null'}).",
                    ) from None

        return solve_settled if self.method == "implicit_adams" else solve

    def _options(self, t: Tensor) -> dict[str, object]:
        if self.method in ADAPTIVE:
            return {"step_t": t, "ifactor": GROWTH}
        history: dict[str, object] = dict(ADAMS) if self.method in MULTISTEP else {}
        return history | {"grid_constructor": lambda f, x0, t: self._grid(t)}

    def _grid(self, t: Tensor) -> Tensor:
        """Return the output times with the times of the steps between them."""
        if self.step is None:
            return t
        pieces = [
            t[i] + (t[i + 1] - t[i]) * torch.arange(count, dtype=t.dtype, device=t.device) / count
            for i, (_, _, count) in enumerate(substeps(t, self.step))
        ]
        return torch.cat((*pieces, t[-1:]))


def _parameters(motion: Mechanical, x0: Tensor, t: Tensor) -> tuple[Tensor, ...]:
    """Return the parameters that the adjoint equations must give gradients to.

    Raises:
        ValueError: if the motion depends on parameters, and is not a Module that could name them.
    """
    if isinstance(motion, nn.Module):
        return tuple(p for p in motion.parameters() if p.requires_grad)
    with torch.enable_grad():
        learned = motion.field().f(t[0], x0.detach()).requires_grad
    if learned:
        raise ValueError(
            f"integrator.adjoint=true needs a motion that is a torch.nn.Module, so that its "
            f"parameters can be found; got {type(motion).__name__}, which depends on some. Use "
            f"integrator.adjoint=false."
        )
    return ()
