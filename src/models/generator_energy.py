"""Energies of diffusions: a learned noise and a learned drift, and what kills them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.constraints import combine
from ..mechanics.hamiltonian import energy_gradient
from ..mechanics.lagrangian import VelocityBlocks
from ..mechanics.legendre import HamiltonianOf
from ..mechanics.state import split_state
from .affine_mlp import AffineMLP
from .energy_net import EnergyNet, typical_energy
from .features import Features
from .noise_net import NoiseNet, reciprocals

Rate = Callable[[Tensor], Tensor]


class Rated:
    """A known rate of killing, as an energy of the positions."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return the rate at the positions ``x``."""
        return self.rate(x)


class KnownDrift:
    """A known drift, with its derivative along and against vectors."""

    def __init__(self, drift: Rate) -> None:
        self.drift = drift

    def __call__(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return b."""
        return self.drift(q)

    def first(self, q: Float[Tensor, "*batch dof"]) -> tuple[Tensor, Rate, Rate]:
        """Return b, and its derivative: how it changes along a vector, and ``p -> (p . b)_q``."""
        value, back = torch.func.vjp(self.drift, q)  # pyright: ignore[reportAssignmentType]

        def pull(p: Tensor) -> Tensor:
            return back(p)[0]

        def push(v: Tensor) -> Tensor:
            # Few rows by reverse mode are faster than torch's forward mode.
            rows = torch.eye(q.shape[-1], dtype=q.dtype, device=q.device)
            return combine(torch.stack([pull(row.expand_as(q)) for row in rows], dim=-2), v)

        return value, push, pull


class DriftNet(nn.Module):
    """A net for the drift b(q), with its derivative along and against vectors."""

    scale: Tensor

    def __init__(self, angular: Sequence[bool], width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.features = Features(angular)
        self.net = AffineMLP(self.features.count, len(angular), width, depth, activation)
        self.register_buffer("scale", torch.ones(len(angular)))

    @torch.no_grad()
    def fit(
        self,
        mean: Float[Tensor, " dof"],
        spread: Float[Tensor, " dof"],
        velocity: Float[Tensor, " dof"],
    ) -> None:
        """Set the scales of positions and of their velocities."""
        self.features.fit(mean, spread)
        self.scale.copy_(velocity)

    def forward(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return b."""
        return self.scale * self.net(self.features(q))

    def first(self, q: Float[Tensor, "*batch dof"]) -> tuple[Tensor, Rate, Rate]:
        """Return b, and its derivative: how it changes along a vector, and ``p -> (p . b)_q``."""
        features, slopes = self.features.with_slopes(q)
        value, units = self.net.with_slopes(features)

        def push(v: Tensor) -> Tensor:
            return self.scale * self.net.push(self.features.push(v, slopes), units)

        def pull(p: Tensor) -> Tensor:
            return self.features.pull(self.net.pull(self.scale * p, units), slopes)

        return self.scale * value, push, pull


class GeneratorHamiltonian(nn.Module):
    """``H = p . a(q) p / 2 + b(q) . p - R(q)``."""

    def __init__(
        self,
        angular: Sequence[bool],
        width: int,
        depth: int,
        activation: str,
        rate: Rate | None,
    ) -> None:
        super().__init__()
        self.quadratic = NoiseNet(angular, width, depth, activation)
        self.drift = DriftNet(angular, width, depth, activation)
        self.rate = EnergyNet(angular, width, depth, activation) if rate is None else Rated(rate)

    def fit_momenta(
        self,
        x_mean: Float[Tensor, " state"],
        x_scale: Float[Tensor, " state"],
        dx_scale: Float[Tensor, " state"],
    ) -> None:
        """Give noise, drift and rate the scales of states and rates."""
        (mean, _), (spread, p), (v, _) = map(split_state, (x_mean, x_scale, dx_scale))
        self.quadratic.fit(mean, spread, (p / v).sqrt())
        self.drift.fit(mean, spread, v)
        if isinstance(self.rate, EnergyNet):
            self.rate.fit(mean, spread, typical_energy(x_scale, dx_scale))

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return H at ``x = (q, p)``."""
        q, p = split_state(x)
        return self.quadratic(x) + (self.drift(q) * p).sum(-1) - self.rate(q)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(H_q, b + a p)``, in closed form but for the slope of a known rate."""
        q, p = split_state(x)
        t_q, t_p = split_state(self.quadratic.gradient(x))
        drift, _, pull = self.drift.first(q)
        return torch.cat((t_q + pull(p) - energy_gradient(self.rate, q), t_p + drift), dim=-1)


class GeneratorLagrangian(nn.Module):
    """``L = (v - b(q)) . a(q)^-1 (v - b(q)) / 2 + R(q)`` with known b and R."""

    def __init__(
        self,
        angular: Sequence[bool],
        width: int,
        depth: int,
        activation: str,
        rate: Rate,
        drift: Rate,
    ) -> None:
        super().__init__()
        self.quadratic = NoiseNet(angular, width, depth, activation, reciprocals)
        self.drift, self.rate = KnownDrift(drift), Rated(rate)

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L at ``x = (q, v)``."""
        q, v = split_state(x)
        return self.quadratic(torch.cat((q, v - self.drift(q)), dim=-1)) + self.rate(q)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(L_q, L_v)``."""
        blocks = self.velocity_blocks(x)
        return torch.cat((blocks.l_q, blocks.l_v), dim=-1)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the derivatives that equations of motion need."""
        q, v = split_state(x)
        drift, push, pull = self.drift.first(q)
        blocks = self.quadratic.blocks_along(torch.cat((q, v - drift), dim=-1), v)
        return VelocityBlocks(
            blocks.l_q - pull(blocks.l_v) + energy_gradient(self.rate, q),
            blocks.l_v,
            blocks.l_vv,
            blocks.l_vq_v - combine(blocks.l_vv, push(v)),
        )


class GeneratorEnergyOf(HamiltonianOf):
    """The Legendre transform of such an L, whose velocities are ``b + a p``: nothing to iterate."""

    lagrangian: GeneratorLagrangian

    def velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof"]:
        """Return ``v(q, p)``."""
        q, p = split_state(x)
        noise = torch.linalg.solve(self.lagrangian.quadratic.matrix(q), p)
        return self.lagrangian.drift(q) + noise
