"""Following a model through windows of samples, each at its own times."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..integrators.base import IntegrationError, Integrator
from ..mechanics.held import Driven, Held
from ..mechanics.problem import Canonical, Constrained, Field, Mechanical, Split, Steps
from ..mechanics.state import Coordinates
from ..models.base import Dynamics


class Rescaled(nn.Module):
    """A motion whose time runs at a pace of its own for each sample: ``dx/ds = rate * f(x)``.

    Integrators take one time grid for a whole batch. In the new time ``s`` windows that last
    differently end together. The factor multiplies the energy, so canonical and separable
    problems stay what they are. The motion must not depend on time itself.

    A module, so that an adjoint method finds the parameters of the motion.
    """

    def __init__(self, motion: Mechanical, rate: Float[Tensor, "batch 1"]) -> None:
        super().__init__()
        self.motion = motion
        self.rate = rate

    @property
    def coordinates(self) -> Coordinates:
        """Those of the motion."""
        return self.motion.coordinates

    def field(self) -> Field:
        """Return the field at the new pace."""
        field = self.motion.field()
        return Field(lambda t, x: self.rate * field.f(t, x))

    def canonical(self) -> Canonical:
        """Return the canonical field at the new pace; the maps in and out do not change."""
        canonical = self.motion.canonical()
        return replace(canonical, f=lambda t, x: self.rate * canonical.f(t, x))

    def split(self) -> Split:
        """Return both partial flows at the new pace."""
        split = self.motion.split()
        return Split(
            velocity=lambda p: self.rate * split.velocity(p),
            force=lambda q: self.rate * split.force(q),
        )

    def constrained(self) -> Constrained:
        """Return forces and constraints at the new pace; the constraints do not change."""
        bound = self.motion.constrained()

        def pace(y: Tensor) -> Tensor:
            return self.rate.reshape(len(self.rate), *[1] * (y.ndim - 1)) * y

        return Constrained(
            velocity=lambda p: pace(bound.velocity(p)),
            force=lambda q: pace(bound.force(q)),
            phi=bound.phi,
            phi_q=bound.phi_q,
        )

    def steps(self) -> Steps:
        """Refuse: a map of one time step has no pace.

        Raises:
            ValueError: always, with what to do.
        """
        raise ValueError(
            "a learned map of one time step needs samples that are equally far apart; got windows "
            "that last differently. Use a model with a field, such as model=hnn."
        )


def follow(
    motion: Mechanical,
    integrator: Integrator,
    t: Float[Tensor, "batch window"],
    x0: Float[Tensor, "batch state"],
) -> Float[Tensor, "batch window state"]:
    """Return the motion from ``x0`` at the times of each window; differentiable.

    The first times may differ: only differences count. Windows whose times are proportional are
    followed together, each at its own pace; other windows interval by interval. The slowest clock
    is that of the longest window, so no internal step grows beyond the integrator's setting.
    """
    elapsed = t - t[:, :1]
    longest = elapsed[int(elapsed[:, -1].argmax())]
    rate = elapsed[:, -1:] / longest[-1]
    # Equal steps differ by the rounding of the times themselves, which grows along a recording.
    tolerance = 1e-6 * float(longest[-1]) + 8 * torch.finfo(t.dtype).eps * float(t.abs().max())
    if not torch.allclose(elapsed, rate * longest, rtol=0.0, atol=tolerance):
        states = [x0]
        for k in range(t.shape[1] - 1):
            states.append(follow(motion, integrator, t[:, k : k + 2], states[-1])[:, -1])
        return torch.stack(states, dim=1)
    if not torch.allclose(longest[-1] * rate, longest[-1:], rtol=0.0, atol=tolerance):
        motion = Rescaled(motion, rate.to(x0.dtype))
    path = integrator.integrate(motion, x0, longest.to(x0.dtype))
    return path.x.transpose(0, 1)


def follow_held(
    motion: Driven,
    integrator: Integrator,
    t: Float[Tensor, "batch window"],
    x0: Float[Tensor, "batch state"],
    u: Float[Tensor, "batch window inputs"],
) -> Float[Tensor, "batch window state"]:
    """Return the motion from ``x0`` under inputs that are held from sample to sample."""
    held, states = Held(motion, u.shape[-1]), [x0]
    for k in range(t.shape[1] - 1):
        y0 = torch.cat((states[-1], u[:, k]), dim=-1)
        y = follow(held, integrator, t[:, k : k + 2], y0)[:, -1]
        states.append(y[:, : x0.shape[-1]])
    return torch.stack(states, dim=1)


def window_error(
    motion: Driven,
    integrator: Integrator,
    t: Float[Tensor, "batch window"],
    x: Float[Tensor, "batch window state"],
    scale: Float[Tensor, " state"],
    u: Float[Tensor, "batch window inputs"] | None = None,
    discount: float = 1.0,
) -> Float[Tensor, ""]:
    """Return the mean squared error of rollouts from the first states, in units of ``scale``.

    Each sample ahead counts ``discount`` times as much as the one before it.
    """
    if u is None:
        path = follow(motion, integrator, t, x[:, 0])
    else:
        path = follow_held(motion, integrator, t, x[:, 0], u)
    error = ((path[:, 1:] - x[:, 1:]) / scale).square().mean((0, 2))
    weight = discount ** torch.arange(len(error), dtype=error.dtype, device=error.device)
    return (weight * error).sum() / weight.sum()


def check_offers(model: Dynamics, integrator: Integrator) -> None:
    """Take one short step, so that a model that cannot serve the integrator says so at once.

    Raises:
        ValueError: if the model does not offer the problem that the integrator solves.
    """
    start = model.x_mean.unsqueeze(0)
    times = torch.tensor([0.0, 1e-3], dtype=start.dtype, device=start.device)
    # What an untrained model makes of this state says nothing about whether the two fit.
    with torch.no_grad(), suppress(IntegrationError):
        integrator.integrate(model, start, times)
