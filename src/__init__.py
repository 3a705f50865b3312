"""Legendre: learn mechanics from data, with Hamiltonian and Lagrangian neural networks.

For notebooks: ``from src import load_run, simulate, rollout, evaluate``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notebook import evaluate, load_run, rollout, simulate

__all__ = ["evaluate", "load_run", "rollout", "simulate"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: `python -m src.train --help` must not wait for torch.
    if name in __all__:
        return getattr(import_module(".notebook", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Command(ModuleType):
    """The module of a command that is called like the function of its name."""

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        """Call the function for notebooks."""
        function = getattr(import_module(".notebook", __package__), self.__name__.split(".")[-1])
        return function(*arguments, **settings)


class _Package(ModuleType):
    """This package. ``src.evaluate`` and ``src.simulate`` name a command and a function each.

    Python binds a module here once it is imported, over the function: from then on
    ``from src import evaluate`` gives the module, so it can be called, too.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name in __all__ and isinstance(value, ModuleType):
            value.__class__ = _Command
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
