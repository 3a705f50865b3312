"""Legendre: learn mechanics from data, with Hamiltonian and Lagrangian neural networks.

For notebooks: ``from src import load_run, simulate, rollout, evaluate``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notebook import evaluate, load_run, rollout, simulate

__all__ = ["evaluate", "load_run", "rollout", "simulate"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: `python -m src.train --help` must not wait for torch.
    if name in __all__:
        from . import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
