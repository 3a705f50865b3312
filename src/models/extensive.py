"""Models whose weights fit any number of bodies or sites."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from .base import Dynamics

MOST_SAMPLES = 4096
"""From which scales of parts are taken: each sample holds all pairs of bodies, or all sites."""


def some(samples: Float[Tensor, "samples state"], like: Tensor) -> Float[Tensor, "some state"]:
    """Return as many samples as suffice for scales, spread evenly over all.

    In the precision of weights: a training in float64 brings its samples before those have it.
    """
    return samples[:: max(1, len(samples) // MOST_SAMPLES)].to(like)


class Extensive(Dynamics):
    """An energy that is a sum over alike parts: the same weights hold for fewer and for more."""

    @torch.no_grad()
    def adopt(self, trained: Dynamics) -> None:
        """Take weights and scales of the same model, trained on any number of parts.

        Scales of single components become those of all positions, and of all momenta or
        velocities, since no component of the other state is one of this.
        """
        if self.spec.positions == trained.spec.positions:
            super().adopt(trained)
            return
        state = trained.state_dict()
        parts = (2 if self.spec.paired else 1, -1)
        mean, x_scale, dx_scale = (
            one.unflatten(-1, parts) for one in (trained.x_mean, trained.x_scale, trained.dx_scale)
        )
        pooled = {
            "x_mean": mean.mean(-1),
            "x_scale": x_scale.square().mean(-1).sqrt(),
            "dx_scale": dx_scale.square().mean(-1).sqrt(),
        }
        sites = len(self.spec.positions)
        alike = {name: value.repeat_interleave(sites) for name, value in pooled.items()}
        self.load_state_dict({**state, **alike})
