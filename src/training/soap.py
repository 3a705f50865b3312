"""Adam along the principal axes of the gradients of each weight matrix: SOAP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class SOAP(torch.optim.Optimizer):
    r"""Run Adam in the eigenbasis of Shampoo's preconditioner, which turns slowly.

    Of a weight matrix with gradients G the moments :math:`L = \langle G G^T \rangle` and
    :math:`R = \langle G^T G \rangle` are followed, and Adam is run on :math:`Q_L^T G Q_R`, whose
    entries hardly correlate. Small nets that are to fit exact data to many digits need a
    hundredth of Adam's error in the same time; large ones pay for their eigenvectors. Vectors are
    matrices of one column.

    Source:
        N. Vyas et al., *SOAP: Improving and Stabilizing Shampoo using Adam*, 2024,
        arXiv:2409.11321, algorithms 3 and 4. Its first step, which draws the bases, moves nothing.

    Args:
        params: the weights.
        lr: size of a step, as Adam's.
        betas: decay of the means of gradients, and of all their squares.
        every: steps between two turns of the bases.
        eps: what keeps a step finite where gradients vanish.

    Raises:
        ValueError: if a setting is out of range.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 3e-3,
        betas: tuple[float, float] = (0.95, 0.95),
        every: int = 10,
        eps: float = 1e-12,
    ) -> None:
        if not lr > 0:
            raise ValueError(f"optimizer.lr must be positive; got {lr}.")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"optimizer.betas must be at least 0 and below 1; got {list(betas)}.")
        if every < 1:
            raise ValueError(f"optimizer.every must be at least 1 step; got {every}.")
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "every": every, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take a step along the gradients at hand; see :class:`torch.optim.Optimizer`."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                shape = (len(weight), -1) if weight.ndim > 1 else (-1, 1)
                gradient = weight.grad.reshape(shape)
                if not self.state[weight]:
                    self.state[weight].update(_begun(gradient))
                else:
                    move = _moved(self.state[weight], gradient, group)
                    weight.add_(move.reshape(weight.shape), alpha=-group["lr"])
        return loss


def _begun(gradient: Tensor) -> dict[str, Any]:
    """Return the state of a weight matrix after its first gradient."""
    rows, columns = gradient @ gradient.mT, gradient.mT @ gradient
    return {
        "steps": 0,
        "mean": torch.zeros_like(gradient),
        "square": torch.zeros_like(gradient),
        "rows": rows,
        "columns": columns,
        "row_axes": torch.linalg.eigh(rows).eigenvectors.flip(-1),
        "column_axes": torch.linalg.eigh(columns).eigenvectors.flip(-1),
    }


def _moved(state: dict[str, Any], gradient: Tensor, group: dict[str, Any]) -> Tensor:
    """Return Adam's step along the axes, turned back, and bring the state up to date."""
    first, second = group["betas"]
    state["steps"] += 1
    left, right = state["row_axes"], state["column_axes"]
    state["mean"].lerp_(gradient, 1 - first)
    state["square"].lerp_((left.mT @ gradient @ right).square(), 1 - second)
    mean = left.mT @ state["mean"] @ right / (1 - first ** state["steps"])
    size = (state["square"] / (1 - second ** state["steps"])).sqrt()
    move = left @ (mean / (size + group["eps"])) @ right.mT
    state["rows"].lerp_(gradient @ gradient.mT, 1 - second)
    state["columns"].lerp_(gradient.mT @ gradient, 1 - second)
    if state["steps"] % group["every"] == 0:
        for moment, axes, dim in (("rows", "row_axes", 0), ("columns", "column_axes", 1)):
            # One power iteration, in the order of the eigenvalues as they are now.
            ahead = state[moment] @ state[axes]
            order = (state[axes] * ahead).sum(0).argsort(descending=True)
            state["square"] = state["square"].index_select(dim, order)
            state[axes] = torch.linalg.qr(ahead.index_select(1, order)).Q
    return move
