"""Masses in a row, coupled by springs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import Ends
from ..mechanics.state import split_state
from .chain import ENDS, Chain


@dataclass(frozen=True)
class SpringChain(Chain):
    r"""Equal masses in a row on equal linear springs, between walls, with free ends or in a ring.

    .. math:: H = \sum_i \frac{p_i^2}{2m} + \frac k2 \sum_{bonds} (q_{i+1} - q_i)^2

    Each normal mode is a mass on a spring of its own: its energy is conserved, and the exact flow
    turns each by its own frequency. A mode of frequency zero moves uniformly.

    Source:
        H. Goldstein, *Classical Mechanics*, 3rd ed., sections 6.2 and 6.3; the modes are those of
        :class:`Chain`.

    Raises:
        ValueError: if there are fewer than two masses, the mass, the stiffness or the range of
            amplitudes is not positive, or the boundary is unknown.
    """

    domain: ClassVar[str] = "textbook mechanics"

    boundary: str = "fixed"
    """What the outer masses are bound to: walls (fixed), nothing (free), each other (periodic)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.boundary not in ENDS:
            raise ValueError(
                f"system.boundary must be one of {', '.join(ENDS)}; got {self.boundary}."
            )

    @property
    def ends(self) -> Ends:
        """The boundary."""
        return cast(Ends, self.boundary)

    def bond_energy(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return ``k d^2 / 2``."""
        return self.stiffness * d.square() / 2

    def tension(self, d: Float[Tensor, "*batch bonds"]) -> Float[Tensor, "*batch bonds"]:
        """Return ``k d``."""
        return self.stiffness * d

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the momentum, where it is conserved, and the energy of every vibrating mode."""
        energies = self.mode_energies(x)[..., self._translations :]
        modes = {f"mode_{j + 1}": energy for j, energy in enumerate(energies.unbind(-1))}
        return {**super().invariants(x), **modes}

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        r"""Return the rotation of each mode, ``a cos(wt) + b sin(wt) / mw``, by its frequency.

        :math:`\sin(\omega t)/\omega` is written as ``t sinc``, which is t for a translation.
        """
        modes = self.modes(x0)
        a, b = (half @ modes for half in split_state(x0))
        frequency = torch.tensor(self.frequencies, dtype=x0.dtype, device=x0.device)
        time = t.reshape(-1, *[1] * x0.ndim)
        angle = frequency * time
        cos, sin, delay = angle.cos(), angle.sin(), time * (angle / torch.pi).sinc()
        position = a * cos + b / self.mass * delay
        momentum = b * cos - self.mass * frequency * a * sin
        return torch.cat((position @ modes.mT, momentum @ modes.mT), dim=-1)
