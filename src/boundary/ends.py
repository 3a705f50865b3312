"""What may be asked of the end of a motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from scipy.optimize import root
from torch import Tensor

from ..mechanics.hamiltonian import Energy, hamiltonian_field
from ..mechanics.state import split_state
from ..mechanics.symplectic import jacobian

SETTLED = 1e-9
"""A step of Newton's method this much smaller than the state that it corrects is rounding."""


class NoMotionError(ValueError):
    """An energy has no such motion, or none that was found: why, and what to do."""


@runtime_checkable
class End(Protocol):
    """One condition for each degree of freedom."""

    @property
    def place(self) -> Float[Tensor, " dof"] | None:
        """Where the motion ends, as a first guess; None if anywhere."""
        ...

    def defect(
        self, x: Float[Tensor, " state"], scale: Float[Tensor, " state"]
    ) -> Float[Tensor, " dof"]:
        """Return what must vanish, in units of typical sizes of the state."""
        ...


@dataclass(frozen=True)
class At:
    """The positions are given."""

    place: Float[Tensor, " dof"]

    def defect(
        self, x: Float[Tensor, " state"], scale: Float[Tensor, " state"]
    ) -> Float[Tensor, " dof"]:
        """Return how far the positions are from there."""
        return (split_state(x)[0] - self.place) / split_state(scale)[0]


@dataclass(frozen=True)
class Free:
    """The positions are free: the momenta are then the slope of what the end is worth."""

    p: Float[Tensor, " dof"]
    """Zeros where it is worth nothing, wherever it is."""

    @property
    def place(self) -> None:
        """Anywhere."""
        return None

    def defect(
        self, x: Float[Tensor, " state"], scale: Float[Tensor, " state"]
    ) -> Float[Tensor, " dof"]:
        """Return by how much the momenta differ from that slope."""
        return (split_state(x)[1] - self.p) / split_state(scale)[1]


@dataclass(frozen=True)
class Across:
    """The positions lie in a plane ``normal . q = level``, and the momenta at a right angle to it.

    So end the motions of least action among all that reach the plane.
    """

    normal: Float[Tensor, " dof"]
    level: float
    place: Float[Tensor, " dof"]
    """A guess of where."""

    def defect(
        self, x: Float[Tensor, " state"], scale: Float[Tensor, " state"]
    ) -> Float[Tensor, " dof"]:
        """Return how far the positions are from the plane, and the momenta along it."""
        (q, p), (length, size) = split_state(x), split_state(scale)
        height = (self.normal @ q - self.level) / (self.normal * length).norm()
        # The rows of V^T after the first span all that is at a right angle to the normal.
        along = torch.linalg.svd(self.normal.unsqueeze(0))[2][1:] * size
        within = (along / along.norm(dim=-1, keepdim=True)) @ (p / size)
        return torch.cat((height.reshape(1), within))


@dataclass(frozen=True)
class Towards:
    """The motion goes on to a state of rest for ever: it ends on the stable manifold of that.

    To first order in the distance: the end should be late enough to be near.
    """

    rest: Float[Tensor, " state"]
    leaving: Float[Tensor, "dof state"]
    """Left eigenvectors of the motions that leave the rest."""

    @classmethod
    def of(cls, energy: Energy, guess: Float[Tensor, " state"]) -> Towards:
        """Find the state of rest that is nearest to a guess, and the motions that leave it.

        Raises:
            NoMotionError: if none is found, or it is no saddle: motions do not come to rest there.
        """

        def rates(x: Tensor) -> Tensor:
            return hamiltonian_field(energy, x)

        with torch.no_grad():
            found = root(
                lambda x: rates(torch.from_numpy(x)).numpy(),
                guess.numpy(),
                jac=lambda x: jacobian(rates, torch.from_numpy(x)).numpy(),
                tol=1e-13,
            )
            rest = torch.from_numpy(found.x)
            slope = jacobian(rates, rest)
            speed, vectors = torch.linalg.eig(slope.mT)
            step = torch.linalg.solve_ex(slope, rates(rest)).result
        # The search calls it no progress, too, when it has arrived but for rounding.
        still = found.success or bool(step.abs().max() <= SETTLED * rest.abs().max())
        away = speed.real > 1e-6 * speed.abs().max()
        if not still or 2 * int(away.sum()) != len(guess):
            raise NoMotionError(
                f"the energy must have a saddle near {[round(v, 4) for v in guess.tolist()]}, with "
                f"as many directions that leave it as lead to it; got {int(away.sum())} of "
                f"{len(guess) // 2} that leave ({found.message.strip()}). Use a finite time."
            )
        # A pair of complex vectors spans the plane of its real and its imaginary part.
        both = torch.cat((vectors[:, away].real, vectors[:, away].imag), dim=1)
        plane, _, _ = torch.linalg.svd(both, full_matrices=False)
        return cls(rest, plane[:, : int(away.sum())].mT)

    @property
    def place(self) -> Float[Tensor, " dof"]:
        """The state of rest."""
        return split_state(self.rest)[0]

    def defect(
        self, x: Float[Tensor, " state"], scale: Float[Tensor, " state"]
    ) -> Float[Tensor, " dof"]:
        """Return how far the end is from the stable manifold."""
        rows = self.leaving * scale
        return (rows / rows.norm(dim=-1, keepdim=True)) @ ((x - self.rest) / scale)
