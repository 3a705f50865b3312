"""The map of one time step with a memory of the motion so far."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.problem import Steps
from ..mechanics.state import Coordinates, StateSpec
from .features import Features, chosen
from .mlp import check_sizes
from .step_map import StepMap


class StepGRU(StepMap):
    """Predict the next sample by a gated recurrent unit: a simulator with a memory.

    The memory is empty at the start of a motion and is carried along it; it is learned from motions
    over several samples only. Without structure: no field, no energy and no inverse.

    Source:
        Cho et al., *Learning phrase representations using RNN encoder-decoder for statistical
        machine translation*, EMNLP 2014, arXiv:1406.1078, section 2.3.

    Raises:
        ValueError: if other coordinates than canonical or velocity are asked for.
    """

    kind: ClassVar[str] = "step_gru"
    represents = frozenset({"constraints", "dissipation", "poisson"})

    def __init__(
        self, spec: StateSpec, width: int = 128, coordinates: Coordinates | None = None
    ) -> None:
        check_sizes(width=width)
        super().__init__(chosen(spec, coordinates))
        self.width = width
        self.features = Features(self.spec.angles)
        seen = self.features.count + width
        self.gates = nn.Linear(seen, 2 * width)
        self.candidate = nn.Linear(seen, width)
        self.output = nn.Linear(width, spec.size)

    def scale_nets(self) -> None:
        """Give the features the scales of the states."""
        self.features.fit(self.x_mean, self.x_scale)

    def step(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step on, at the start of a motion."""
        return self.leave(self.move(self.enter(x)))

    def steps(self) -> Steps:
        """Return the learned map of states and memory."""
        return replace(super().steps(), step=self.move, enter=self.enter, leave=self.leave)

    def enter(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch moved"]:
        """Return the state with an empty memory."""
        return nn.functional.pad(x, (0, self.width))

    def leave(self, z: Float[Tensor, "*batch moved"]) -> Float[Tensor, "*batch state"]:
        """Return the state without its memory."""
        return z[..., : self.spec.size]

    def move(self, z: Float[Tensor, "*batch moved"]) -> Float[Tensor, "*batch moved"]:
        """Return state and memory one step on."""
        x, memory = z[..., : self.spec.size], z[..., self.spec.size :]
        y = self.features(x)
        kept, seen = self.gates(torch.cat((y, memory), dim=-1)).sigmoid().chunk(2, dim=-1)
        new = self.candidate(torch.cat((y, seen * memory), dim=-1)).tanh()
        memory = kept * memory + (1 - kept) * new
        return torch.cat((x + self.x_scale * self.output(memory), memory), dim=-1)
