"""Noise-free motions, and all that makes them: what is made once is kept under their hash."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..signals.base import Signal, with_inputs
from ..systems.base import System
from .cache import cached, identity
from .noise import generator
from .simulation import Solver, follow, simulate_driven
from .starts import Starts
from .trajectories import Trajectories

Draw = Callable[[int, torch.Generator], Tensor]
"""Makes so many starts, with a generator of random numbers."""


@dataclass(frozen=True)
class Recipe:
    """All that noise-free motions of a system follow from."""

    system: System
    solver: Solver
    signal: Signal
    starts: Starts | None
    """Where motions start; None: where the system says."""
    draw: Draw
    """What draws the starts."""
    seed: int
    purpose: str
    """With the seed, it decides the random numbers."""
    count: int
    step: float
    """Time between samples, in the unit of the system."""
    steps: int

    @property
    def identity(self) -> dict[str, object]:
        """What tells these motions from others."""
        parts = {
            "system": identity(self.system),
            "solver": self.solver if isinstance(self.solver, str) else identity(self.solver),
            "seed": self.seed,
            "purpose": self.purpose,
            "count": self.count,
            "step": self.step,
            "steps": self.steps,
        }
        if self.starts is not None:
            parts["starts"] = identity(self.starts)
        if self.signal.driven:
            parts["signal"] = identity(self.signal)
        return parts

    def made(self, cache: Path) -> Trajectories:
        """Return the motions with their exact rates, from the cache if they are there."""
        readable = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.system).__name__).lower()
        made = cached(cache, f"{readable}-s{self.seed}", self.identity, self._make)
        arrays = {key: torch.from_numpy(values) for key, values in made.items()}
        x, u = arrays["x"], arrays.get("u")
        return Trajectories(
            spec=self.system.spec,
            t=self._times.expand(self.count, -1),
            x=x,
            mask=torch.ones(x.shape[:2], dtype=torch.bool),
            dx=self.system.rate(x, u),
            clean=x,
            u=u,
            piece=arrays.get("piece"),
            impact_work=arrays.get("impact_work"),
            rate_of="clean",
        )

    @property
    def _times(self) -> Tensor:
        return self.step * torch.arange(self.steps + 1, dtype=torch.float64)

    def _make(self) -> dict[str, np.ndarray]:
        starts = self.draw(self.count, generator(self.seed, self.purpose))
        if self.signal.driven:
            driven = with_inputs(self.system)
            random = generator(self.seed, f"{self.purpose} signal")
            law = self.signal.draw(driven, self.count, random)
            x, u = simulate_driven(driven, starts, self._times, self.solver, law)
            return {"x": x.numpy(), "u": u.numpy()}
        x, impacts = follow(self.system, starts, self._times, self.solver)
        arrays = {"x": x}
        if impacts is not None:
            number = torch.ones_like(impacts.t)
            arrays["piece"] = impacts.total(number, *x.shape[:2]).long()
            arrays["impact_work"] = impacts.change(self.system.hamiltonian, *x.shape[:2])
        return {key: values.numpy() for key, values in arrays.items()}
