"""Systems whose states are no pairs (q, p): ``dx/dt = J(x) grad H`` with a structure J."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import Known
from ..mechanics.poisson import poisson_field
from ..mechanics.problem import Canonical, Split
from ..mechanics.state import Coordinates
from ..mechanics.traits import Trait
from .base import System
from .sketch import Sketch


class PoissonSystem(System):
    r"""An energy, and brackets :math:`\{x_i, x_j\} = J_{ij}(x)` of the components of the state.

    .. math:: \dot x = J(x) \nabla H, \qquad J^T = -J

    J may depend on the state, and may be singular: what lies in its kernel, the Casimir functions,
    is conserved by every energy. There are no momenta and no velocities, and no Lagrangian of these
    states.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.2.
    """

    @property
    def coordinates(self) -> Coordinates:
        """States of their own kind."""
        return "poisson"

    @property
    def traits(self) -> frozenset[Trait]:
        """A model must do without pairs (q, p)."""
        return frozenset({"poisson"})

    @property
    def regular(self) -> bool:
        """Never: there are no velocities."""
        return False

    @property
    def reversible(self) -> bool:
        """Not by its momenta: there are none."""
        return False

    @property
    def known(self) -> Known:
        """The brackets."""
        return replace(super().known, brackets=self.structure)

    @abstractmethod
    def structure(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return the skew J(x)."""

    @abstractmethod
    def casimirs(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the functions whose gradients span the kernel of J, by name."""

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the Casimir functions; a system may know more."""
        return self.casimirs(x)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``J(x) grad H``; systems that are simulated much give it in closed form."""
        return poisson_field(self.hamiltonian, self.structure, x, t)

    def canonical(self) -> Canonical:
        """Return the field as it is: Gauss methods keep a constant J, and quadratic invariants."""
        return Canonical(self.field().f, paired=False)

    def check_coordinates(self, coordinates: Coordinates) -> None:
        """Refuse pairs.

        Raises:
            ValueError: with the reason, and the models that fit.
        """
        if coordinates != "poisson":
            pairs = "(q, v)" if coordinates == "velocity" else "(q, p)"
            raise ValueError(
                f"the states of {type(self).__name__} ({', '.join(self.spec.names[:3])}, ...) are "
                f"no pairs {pairs}: it moves by dx/dt = J(x) grad H with a structure J of its own. "
                f"Use a model that takes every state as it is: model=baseline with "
                f"model.coordinates=null and data.coordinates=null."
            )

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: always, with the reason.
        """
        self.check_coordinates("velocity")
        raise AssertionError

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: always, with the reason.
        """
        self.check_coordinates("canonical")
        raise AssertionError

    def lagrangian(self, x: Float[Tensor, "*batch state"], t: Tensor | None = None) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: always, with the reason.
        """
        self.check_coordinates("velocity")
        raise AssertionError

    def split(self) -> Split:
        """Refuse.

        Raises:
            ValueError: always, with what fits instead.
        """
        raise ValueError(
            f"the method needs a separable energy H = T(p) + V(q); the states of "
            f"{type(self).__name__} are no pairs (q, p). Use integrator=implicit_midpoint or "
            f"integrator=gauss_legendre4, which keep every quadratic invariant, or "
            f"integrator=dopri8."
        )

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return each component against the next, as points of one plane."""
        pairs = torch.tensor(self.spec.planes, device=x.device)
        return Sketch(x[..., pairs], axes=("x", "next x"))
