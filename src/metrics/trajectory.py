"""How far a motion is from the true one. Angles are compared on the circle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..mechanics.state import StateSpec

VALID_ERROR = 0.1
"""A prediction is valid while its error is at most this fraction of the rms state."""
FLOOR = 1e-8
"""Added to relative errors, so that a perfect sample does not send the geometric mean to zero."""


@dataclass(frozen=True)
class ValidTime:
    """How long predictions hold, per motion."""

    time: Float[Tensor, " trajectories"]
    """Time from the start, in s."""
    capped: Bool[Tensor, " trajectories"]
    """Whether the prediction held to the end, so that the horizon stands in for the time."""


@dataclass(frozen=True)
class Ruler:
    """The units in which states are compared: which components are angles, and typical sizes."""

    angular: Bool[Tensor, " state"]
    scale: Float[Tensor, " state"]
    """Rms deviation of each component from its mean; of angles, from their mean direction; of
    components that are alike, over all of them."""

    @staticmethod
    def of(truth: Float[Tensor, "*batch state"], spec: StateSpec) -> Ruler:
        """Measure the scales over true states.

        A component that never varies takes the scale of the widest one of its part, so that no
        error is divided by zero. The parts are positions and momenta; a state without pairs is one
        part.

        Raises:
            ValueError: if the states do not vary at all.
        """
        flags = torch.tensor(spec.angles, device=truth.device)
        flat = truth.reshape(-1, truth.shape[-1])
        direction = torch.atan2(flat.sin().mean(dim=0), flat.cos().mean(dim=0))
        centre = torch.where(flags, direction, flat.mean(dim=0))
        scale = _deviation(flat, centre, flags).square().mean(dim=0).sqrt()
        parts = spec.pooled(scale).reshape(2 if spec.paired else 1, -1)
        widest = parts.amax(dim=1, keepdim=True)
        if not bool((widest > 0).any()):
            raise ValueError("the true states must vary; got the same state in every sample.")
        widest = torch.where(widest > 0, widest, widest.amax())
        return Ruler(flags, torch.where(parts > 1e-6 * widest, parts, widest).reshape(-1))

    def difference(
        self, x: Float[Tensor, "*batch state"], y: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch state"]:
        """Return ``x - y`` in units of the scales, angles by the shorter way round."""
        return _deviation(x, y, self.angular) / self.scale

    def distance(
        self, x: Float[Tensor, "*batch state"], y: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch"]:
        """Return the rms over components of the scaled difference: 1 is as far as states spread."""
        return self.difference(x, y).square().mean(dim=-1).sqrt()


def _deviation(x: Tensor, y: Tensor, angular: Tensor) -> Tensor:
    gap = x - y
    return torch.where(angular, torch.remainder(gap + math.pi, 2 * math.pi) - math.pi, gap)


def squared_error(
    model: Float[Tensor, "trajectories time state"],
    truth: Float[Tensor, "trajectories time state"],
    ruler: Ruler,
) -> Float[Tensor, " trajectories"]:
    """Return the mean over samples and components of the squared error, in units of the scales.

    Scaled, because metres and kg m/s do not add up.
    """
    return ruler.difference(model, truth).square().mean(dim=(1, 2))


def geometric_mean_relative_error(
    model: Float[Tensor, "trajectories time state"],
    truth: Float[Tensor, "trajectories time state"],
    ruler: Ruler,
) -> Float[Tensor, " trajectories"]:
    """Return ``exp(mean_t log(|x - y| / (|x| + |y|) + 1e-8))``, norms in scaled coordinates.

    The start, where the error is zero by construction, is left out. Between 1e-8 and 1; the
    geometric mean weighs the decades of a growing error alike.

    Source:
        Finzi, Wang, Wilson, *Simplifying Hamiltonian and Lagrangian Neural Networks via Explicit
        Constraints*, NeurIPS 2020, arXiv:2010.13581 (there including the start, unscaled).
    """
    model, truth = model[:, 1:], truth[:, 1:]
    origin = torch.zeros_like(truth)
    sizes = [torch.linalg.vector_norm(ruler.difference(x, origin), dim=-1) for x in (model, truth)]
    error = torch.linalg.vector_norm(ruler.difference(model, truth), dim=-1)
    smallest = torch.finfo(error.dtype).tiny
    relative = (error / (sizes[0] + sizes[1]).clamp_min(smallest)).clamp_max(1.0)
    return (relative + FLOOR).log().mean(dim=1).exp()


def valid_prediction_time(
    t: Float[Tensor, " time"],
    model: Float[Tensor, "trajectories time state"],
    truth: Float[Tensor, "trajectories time state"],
    ruler: Ruler,
) -> ValidTime:
    """Return the first time at which the error exceeds 0.1 of the rms state, in scaled coordinates.

    A sample that is not finite exceeds every error, so that a rollout that breaks off has a valid
    time too. Where the error stays below, the horizon is returned and marked as capped.
    """
    wrong = ~(ruler.distance(model, truth) <= VALID_ERROR)
    capped = ~wrong.any(dim=1)
    first = wrong.to(torch.int8).argmax(dim=1)
    elapsed = (t - t[0]).abs()
    return ValidTime(torch.where(capped, elapsed[-1], elapsed[first]), capped)
