"""Energies of models in (q, p), for those that ask for energies and know no models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..mechanics.state import split_state

if TYPE_CHECKING:
    from .base import Dynamics


@dataclass(frozen=True, eq=False)
class LearnedEnergy:
    """The energy of a model in (q, p)."""

    model: Dynamics

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return the learned H."""
        energy = self.model.energy(x)
        assert energy is not None
        return energy


@dataclass(frozen=True, eq=False)
class ConservedEnergy(LearnedEnergy):
    """One whose field is its gradient, turned: closed forms of the model serve here too."""

    def gradient(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return ``(dH/dq, dH/dp)``."""
        velocity, force = split_state(self.model(x.new_zeros(()), x))
        return torch.cat((-force, velocity), dim=-1)
