"""Gradients through symplectic steps without storing them: the motion is walked back instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.problem import Mechanical, Split
from ..mechanics.state import split_state

Move = tuple[bool, float]
"""A kick (True) or a drift, and how long."""
Plan = list[list[Move]]
"""Those of each interval."""


def reversible(
    motion: Mechanical,
    split: Split,
    intervals: Sequence[tuple[float, float, int]],
    weights: Sequence[float],
    x0: Float[Tensor, "*batch state"],
) -> Float[Tensor, "time *batch state"]:
    r"""Return the states at the ends of intervals, whose gradients need no memory for the steps.

    A kick :math:`p' = p + c F(q)` leaves the positions alone, so that it can be undone, and its
    derivative taken, from what it ends with; so can a drift. Only the outputs are kept, and the way
    back starts anew from each: what rounding loses on the way does not add up.

    Source:
        J. Gomez, M. Ren, R. Urtasun, R. Grosse, *The Reversible Residual Network*, 2017,
        arXiv:1707.04585, section 3.2; the adjoint is that of the method itself, not of its limit.

    Raises:
        ValueError: if the motion depends on tensors that need gradients and are not its parameters:
            theirs would be lost.
    """
    parameters = _parameters(motion, split, x0)
    plan = [_moves(h, count, weights) for _, h, count in intervals]
    states = _Walk.apply(split, plan, x0, *parameters)
    return torch.cat((x0.unsqueeze(0), states))  # pyright: ignore[reportArgumentType]


def _moves(h: float, count: int, weights: Sequence[float]) -> list[Move]:
    """Return the kicks and drifts of an interval; kicks at one place are one kick."""
    drifts = tuple(weights) * count
    kicks = [(a + b) / 2 * h for a, b in pairwise((0.0, *drifts, 0.0))]
    moves: list[Move] = [(True, kicks[0])]
    for drift, kick in zip(drifts, kicks[1:], strict=True):
        moves += [(False, drift * h), (True, kick)]
    return moves


class _Walk(torch.autograd.Function):
    """Forwards without a record, and backwards along the same way."""

    @staticmethod
    def forward(ctx: Any, split: Split, plan: Plan, x0: Tensor, *parameters: Tensor) -> Tensor:
        """Return the states at the ends of the intervals."""
        q, p = split_state(x0)
        states: list[Tensor] = []
        for moves in plan:
            for kick, length in moves:
                if kick:
                    p = torch.add(p, split.force(q), alpha=length)
                else:
                    q = torch.add(q, split.velocity(p), alpha=length)
            states.append(torch.cat((q, p), dim=-1))
        path = torch.stack(states)
        ctx.split, ctx.plan = split, plan
        ctx.save_for_backward(path, *parameters)
        return path

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore
        """Return what the outputs' gradients are at the start and for the parameters.

        Raises:
            ValueError: if these gradients are to be differentiated: no record is made of them.
        """
        if torch.is_grad_enabled():  # create_graph=True
            raise ValueError(
                "integrator.adjoint=true gives first derivatives only; got create_graph=True. Use "
                "integrator.adjoint=false."
            )
        path, *parameters = ctx.saved_tensors
        sums = [torch.zeros_like(part) for part in parameters]
        gq, gp = split_state(torch.zeros_like(gradient[0]))
        for k in reversed(range(len(ctx.plan))):
            gq, gp = (a + b for a, b in zip((gq, gp), split_state(gradient[k]), strict=True))
            q, p = split_state(path[k])
            for kick, length in reversed(ctx.plan[k]):
                if kick:
                    p, gq = _undone(ctx.split.force, q, p, length, gq, gp, parameters, sums)
                else:
                    q, gp = _undone(ctx.split.velocity, p, q, length, gp, gq, parameters, sums)
        return None, None, torch.cat((gq, gp), dim=-1), *sums


def _undone(
    function: Callable[[Tensor], Tensor],
    at: Tensor,
    moved: Tensor,
    length: float,
    g_at: Tensor,
    g_moved: Tensor,
    parameters: Sequence[Tensor],
    sums: Sequence[Tensor],
) -> tuple[Tensor, Tensor]:
    """Return what was moved by ``length function(at)`` as it was, and the gradient at ``at``.

    What the parameters get is added to ``sums``.
    """
    with torch.enable_grad():
        place = at.detach().requires_grad_()
        value = function(place)
    if value.requires_grad:
        inputs = (place, *parameters)
        given = torch.autograd.grad(value, inputs, length * g_moved, allow_unused=True)
        for total, part in zip((g_at, *sums), given, strict=True):
            if part is not None and total is not g_at:
                total.add_(part)
        g_at = g_at if given[0] is None else g_at + given[0]
    return torch.sub(moved, value.detach(), alpha=length), g_at


def _parameters(motion: Mechanical, split: Split, x0: Tensor) -> tuple[Tensor, ...]:
    """Return the parameters that need gradients.

    Raises:
        ValueError: if there are tensors beside them that need gradients as well.
    """
    named = motion.parameters() if isinstance(motion, nn.Module) else ()
    parameters = tuple(p for p in named if p.requires_grad)
    with torch.enable_grad():
        q, p = split_state(x0.detach())
        roots = [split.force(q).grad_fn, split.velocity(p).grad_fn]
    others = len(_leaves(roots) - {id(part) for part in parameters})
    if others:
        raise ValueError(
            f"integrator.adjoint=true needs a motion that is a torch.nn.Module and depends on its "
            f"own parameters only, or their gradients would be lost; {type(motion).__name__} "
            f"depends on {others} more tensors. Use integrator.adjoint=false."
        )
    return parameters


def _leaves(roots: list[Any]) -> set[int]:
    """Return the identities of the tensors that a graph of gradients ends in."""
    found: set[int] = set()
    seen: set[Any] = set()
    while roots:
        node = roots.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.add(id(node.variable))
        roots.extend(function for function, _ in node.next_functions)
    return found
