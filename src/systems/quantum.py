"""Quantum systems of finitely many amplitudes, as classical oscillators."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..mechanics.problem import Split
from ..mechanics.state import StateSpec, split_state
from .base import System
from .sketch import Sketch, bars

DEGENERATE = 1e-9
"""Smallest eigenvalue of the real part of H, over its largest size, that counts as positive."""


class Operator(NamedTuple):
    """What follows from the matrix of a Hamiltonian; computed once for each system."""

    real: NDArray[np.float64]
    """Real part A, symmetric, ``[levels, levels]``."""
    imaginary: NDArray[np.float64]
    """Imaginary part B, antisymmetric, ``[levels, levels]``."""
    energies: NDArray[np.float64]
    """Eigenvalues, ascending, ``[levels]``."""
    vectors: NDArray[np.complex128]
    """Eigenvectors, in columns, complex ``[levels, levels]``."""
    inverse: NDArray[np.float64] | None
    """Inverse of A where it is positive definite, else None."""


class QuantumSystem(System):
    r"""Schroedinger's equation of a finite Hermitian matrix, as Hamilton's equations.

    With :math:`\psi = (q + i p) / \sqrt2`, :math:`\hbar = 1` and the matrix :math:`A + i B`, the
    mean energy is the Hamiltonian and the amplitudes are canonical pairs:

    .. math:: H(q, p) = \langle\psi|A + i B|\psi\rangle = \tfrac12 q^T A q + \tfrac12 p^T A p
        - q^T B p, \qquad \dot q = A p + B q, \quad \dot p = -A q + B p

    Its second derivative in p is A, the *real part* of the matrix. Where that is positive definite
    the momenta are :math:`A^{-1}(v - B q)`, and there is a regular Lagrangian, also of complex
    matrices, whose imaginary part acts like a magnetic field:

    .. math:: L = \tfrac12 (v - B q)^T A^{-1} (v - B q) - \tfrac12 q^T A q

    A multiple of the identity added to the matrix turns all phases alike, changes nothing that can
    be observed, and makes A positive definite if it is large enough.

    Source:
        A. Heslot, *Quantum mechanics as a classical theory*, Phys. Rev. D 31, 1341 (1985),
        section II.
    """

    domain: ClassVar[str] = "quantum mechanics"

    @abstractmethod
    def matrix(self) -> NDArray[np.complex128]:
        """Return the Hermitian matrix of H, complex128 ``[levels, levels]``, as a new array."""

    @property
    def operator(self) -> Operator:
        """The parts, levels and eigenvectors of the matrix."""
        return _operator(self)

    @property
    def spec(self) -> StateSpec:
        """``sqrt 2`` times the real parts of the amplitudes, and of the imaginary ones as momenta.

        Their squares are actions, in units of hbar.
        """
        count = len(self.operator.energies)
        return StateSpec(tuple(f"q{k + 1}" for k in range(count)), (False,) * count, alike=True)

    @property
    def regular(self) -> bool:
        """Whether the real part of the matrix is positive definite."""
        return self.operator.inverse is not None

    @property
    def reversible(self) -> bool:
        """Whether the matrix is real."""
        return not self.operator.imaginary.any()

    @property
    def time_scale(self) -> float:
        """The period of the fastest phase: that of the level farthest from energy zero."""
        return 2 * math.pi / float(np.abs(self.operator.energies).max())

    def _like(self, array: NDArray[np.float64], x: Tensor) -> Tensor:
        return torch.from_numpy(array).to(dtype=x.dtype, device=x.device)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return A and B transposed, for products with rows of a batch."""
        return self._like(self.operator.real, x), -self._like(self.operator.imaginary, x)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the mean energy of ``psi = (q + i p) / sqrt 2``."""
        q, p = split_state(x)
        real, imaginary = self._parts(x)
        return ((q @ real) * q + (p @ real) * p).sum(-1) / 2 - (q * (p @ imaginary)).sum(-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(A p + B q, -A q + B p)``."""
        q, p = split_state(x)
        real, imaginary = self._parts(x)
        return torch.cat((p @ real + q @ imaginary, p @ imaginary - q @ real), dim=-1)

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, A p + B q)``.

        Raises:
            ValueError: if A is not positive definite.
        """
        self.check_coordinates("velocity")
        q, p = split_state(x)
        real, imaginary = self._parts(x)
        return torch.cat((q, p @ real + q @ imaginary), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, A^-1 (v - B q))``.

        Raises:
            ValueError: if A is not positive definite.
        """
        self.check_coordinates("velocity")
        q, v = split_state(x)
        inverse = self.operator.inverse
        assert inverse is not None
        p = (v - q @ self._parts(x)[1]) @ self._like(inverse, x)
        return torch.cat((q, p), dim=-1)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``(v - B q) . p / 2 - q . A q / 2`` with ``p = A^-1 (v - B q)``.

        Raises:
            ValueError: if A is not positive definite.
        """
        q, p = split_state(self.to_canonical(x))
        _, v = split_state(x)
        real, imaginary = self._parts(x)
        return ((v - q @ imaginary) * p - q * (q @ real)).sum(-1) / 2

    def split(self) -> Split:
        """Return the separate flows of a real matrix.

        Raises:
            ValueError: if the matrix is complex: B couples positions and momenta.
        """
        if not self.reversible:
            return super().split()
        return Split(
            velocity=lambda p: p @ self._parts(p)[0], force=lambda q: -(q @ self._parts(q)[0])
        )

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the norm ``<psi|psi> = (q^2 + p^2) / 2``: the sum of all probabilities."""
        return {"norm": x.square().sum(-1) / 2}

    def populations(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch levels"]:
        """Return the probabilities of the levels, ascending in energy; each is conserved."""
        return (self.amplitudes(x) @ self._vectors(x).conj()).abs().square()

    def amplitudes(self, x: Float[Tensor, "*batch state"]) -> Tensor:
        """Return ``psi = (q + i p) / sqrt 2``, complex ``[*batch, levels]``."""
        return torch.complex(*split_state(x)) / math.sqrt(2)

    def state(self, psi: Tensor) -> Float[Tensor, "*batch state"]:
        """Return ``(q, p)`` of complex amplitudes ``[*batch, levels]``."""
        return math.sqrt(2) * torch.cat((psi.real, psi.imag), dim=-1)

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the probability of each state of the basis, as bars."""
        return bars(self.amplitudes(x).abs().square(), ("state", "probability"))

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        """Return ``exp(-i t (A + i B)) psi``: every level turns its own phase."""
        vectors = self._vectors(x0)
        weights = self.amplitudes(x0) @ vectors.conj()
        angle = self._like(self.operator.energies, x0) * t.reshape(-1, *[1] * x0.ndim)
        turned = weights * torch.complex(angle.cos(), -angle.sin())
        return self.state(turned @ vectors.mT)

    def _vectors(self, x: Tensor) -> Tensor:
        vectors = self.operator.vectors
        return torch.complex(self._like(vectors.real.copy(), x), self._like(vectors.imag.copy(), x))


@lru_cache(maxsize=64)
def _operator(system: QuantumSystem) -> Operator:
    matrix = system.matrix()
    real, imaginary = matrix.real.copy(), matrix.imag.copy()
    values = np.linalg.eigvalsh(real)
    positive = values[0] > DEGENERATE * np.abs(values).max()
    inverse = np.linalg.inv(real).astype(np.float64) if positive else None
    return Operator(real, imaginary, *np.linalg.eigh(matrix), inverse)


class LevelSystem(QuantumSystem):
    """A few levels, in pure states that are spread evenly over all those of low enough energy.

    Subclasses have the parameter ``excitation``, the largest mean energy of training states, as a
    fraction of the way from the lowest to the highest level.
    """

    excitation: float

    @property
    def energy_scale(self) -> float:
        """The size of the level that is farthest from energy zero, in rad/us."""
        return float(np.abs(self.operator.energies).max())

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw Haar-random states, as far as their energy lies in the training range."""
        return self._sample(0.0, self.excitation, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw Haar-random states from the next half of the energies that remain above."""
        return self._sample(self.excitation, (1 + self.excitation) / 2, count, generator)

    def _sample(self, low: float, high: float, count: int, generator: torch.Generator) -> Tensor:
        """Draw in rounds until enough states have energies in the range."""
        levels = self.operator.energies
        bounds = levels[0] + (levels[-1] - levels[0]) * np.array([low, high])
        kept, found = [], 0
        while found < count:
            draws = torch.randn(64, 2 * len(levels), generator=generator, dtype=torch.float64)
            states = math.sqrt(2) * draws / draws.norm(dim=-1, keepdim=True)
            energy = self.hamiltonian(states)
            kept.append(states[(energy >= bounds[0]) & (energy <= bounds[1])])
            found += len(kept[-1])
        return torch.cat(kept)[:count]
