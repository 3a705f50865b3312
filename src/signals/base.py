"""What every signal supplies."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from ..systems.base import System
from ..systems.ports import OpenSystem

Law = Callable[[float, Tensor], Tensor]
"""Inputs ``[count, inputs]`` at a time, in s, and the states ``[count, state]`` of all motions."""


class Signal(ABC):
    """What drives a system. Subclasses are frozen dataclasses of the settings ``signal.*``.

    Inputs are read at each sample and held until the next one, as by a digital controller, so that
    the recorded inputs are all that a model needs to know.
    """

    @property
    def driven(self) -> bool:
        """Whether there is an input at all."""
        return True

    @abstractmethod
    def draw(self, system: OpenSystem, count: int, generator: torch.Generator) -> Law:
        """Return the inputs of so many motions; what is random is drawn here."""


def with_inputs(system: System) -> OpenSystem:
    """Return a system that can be driven.

    Raises:
        ValueError: if it has no inputs.
    """
    if isinstance(system, OpenSystem) and system.spec.inputs:
        return system
    raise ValueError(
        f"a signal needs a system with inputs; {type(system).__name__} has none. Use signal=zero, "
        f"or a system that can be driven: python -m src.catalog systems marks them with A."
    )


def scale(system: OpenSystem) -> Tensor:
    """Return the typical size of each input ``[inputs]``, in its unit."""
    return torch.tensor(system.input_scale, dtype=torch.float64)


def check_one_each(system: OpenSystem, signal: str) -> None:
    """Refuse systems that have not one input per coordinate.

    Raises:
        ValueError: if a system has not.
    """
    if len(system.spec.inputs) != system.spec.dof:
        raise ValueError(
            f"signal={signal} needs one input per coordinate; {type(system).__name__} has "
            f"{len(system.spec.inputs)} for {system.spec.dof}. Use signal=energy_shaping."
        )


def check_number(key: str, value: object, low: float = -math.inf) -> None:
    """Refuse a setting that is not a finite number above ``low``.

    Raises:
        ValueError: naming the setting and what was got.
    """
    if not (isinstance(value, int | float) and math.isfinite(value) and value > low):
        bound = "" if low == -math.inf else f" above {low:g}"
        raise ValueError(f"signal.{key} must be a finite number{bound}; got {value!r}.")
