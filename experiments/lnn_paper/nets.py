"""The nets of Cranmer et al.: angles as numbers from 0 to 2 pi, states without scales."""

from __future__ import annotations

import math
from typing import ClassVar, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from src.mechanics.lagrangian import VelocityBlocks, motion_tangent
from src.mechanics.state import StateSpec, split_state
from src.models.energy_net import EnergyNet
from src.models.lattice import Windows
from src.models.lattice_lagrangian import LatticeLagrangian
from src.models.lattice_lnn import LatticeLNN
from src.models.lnn import LNN
from src.models.mlp import ScalarMLP
from src.models.second_order import SecondOrder

from ..unscaled import Unscaled


def wrapped(x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
    """Return states whose angles lie between 0 and 2 pi, where a net of numbers jumps."""
    q, v = split_state(x)
    return torch.cat((q.remainder(2 * math.pi), v), dim=-1)


def redraw(net: ScalarMLP, inputs: int, width: int) -> None:
    """Draw weights as the paper's appendix does: the result of a search for formulas.

    Normal ones of standard deviation ``s / sqrt(n)``, n the larger side of the matrix, with s of
    2.2 in the first layer, .58 i in the i-th hidden one and n in the last. Biases are zero.
    """
    hidden = cast(list[nn.Linear], list(net.hidden))
    sizes = [2.2, *(0.58 * level for level in range(1, len(hidden)))]
    for layer, size in zip(hidden, sizes, strict=True):
        nn.init.normal_(layer.weight, std=size / math.sqrt(max(inputs, width)))
        nn.init.zeros_(layer.bias)
    nn.init.normal_(net.output.weight, std=math.sqrt(width))


class BareLagrangian(EnergyNet):
    """A net of (q, v) as they are, angles too, whose mass matrix nothing keeps regular."""

    def __init__(self, spec: StateSpec, width: int, depth: int, activation: str) -> None:
        super().__init__([False] * spec.size, width, depth, activation)

    def seen(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return what the net sees."""
        return x

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L at ``x = (q, v)``."""
        return super().forward(self.seen(x))

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dL/dq, dL/dv)``."""
        return super().gradient(self.seen(x))

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return L_q, L_v, L_vv and L_vq v in closed form."""
        dof = x.shape[-1] // 2
        curve = self.net.curvature(self.seen(x), motion_tangent(x), slice(dof, 2 * dof))
        return VelocityBlocks(*split_state(curve.gradient), curve.hessian, curve.along)

    def scaled_mass_matrix(
        self, x: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch dof dof"]:
        """Return L_vv."""
        return self.velocity_blocks(x).l_vv


class PaperLagrangian(BareLagrangian):
    """Their Lagrangian: a bare net of wrapped angles, from their weights."""

    def __init__(self, spec: StateSpec, width: int, depth: int, activation: str) -> None:
        super().__init__(spec, width, depth, activation)
        redraw(self.net, spec.size, width)

    def seen(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return states whose angles lie between 0 and 2 pi."""
        return wrapped(x)


class Bare(Unscaled):
    """States as they are, and nothing added to the loss."""

    def penalty(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, ""]:
        """Return zero: there is none."""
        return x.new_zeros(())


class BareLNN(Bare, LNN):
    """An LNN of such a net; accelerations by a solve."""

    def _new_net(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, width: int, depth: int, activation: str
    ) -> BareLagrangian:
        return BareLagrangian(self.spec, width, depth, activation)


class PaperLNN(BareLNN):
    """Their LNN, whose code has a pseudoinverse in place of the solve."""

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "softplus"
    ) -> None:
        super().__init__(spec, width, depth, activation)

    def _new_net(self, width: int, depth: int, activation: str) -> PaperLagrangian:
        return PaperLagrangian(self.spec, width, depth, activation)


class PaperBaseline(Unscaled, SecondOrder):
    """Their net for the accelerations, of linear units that are cut off at zero."""

    def __init__(self, spec: StateSpec, width: int = 128, depth: int = 2) -> None:
        super().__init__(spec)
        sizes = [spec.size, *[width] * depth]
        layers = [nn.Linear(a, b) for a, b in zip(sizes, [*sizes[1:], spec.dof], strict=True)]
        for layer in layers:
            nn.init.xavier_normal_(layer.weight)
            nn.init.normal_(layer.bias, std=1e-2)
        bent = [part for layer in layers[:-1] for part in (layer, nn.ReLU())]
        self.net = nn.Sequential(*bent, layers[-1])

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)``."""
        return torch.cat((split_state(x)[1], self.net(wrapped(x))), dim=-1)


class PaperDensity(LatticeLagrangian):
    """Their density of a field: a bare net of a site's value, velocity and neighbour."""

    prior: ClassVar[float] = 0.0

    def __init__(self, windows: Windows, width: int, depth: int, activation: str) -> None:
        super().__init__(windows, width, depth, activation)
        redraw(self.net, windows.reach + 2, width)


class PaperLatticeLNN(Bare, LatticeLNN):
    """Their LNN of a field; its masses are diagonal, so that a division is its solve."""

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "softplus",
        reach: int = 1,
    ) -> None:
        super().__init__(spec, width, depth, activation, reach)
        self.net = PaperDensity(self.windows, width, depth, activation)
