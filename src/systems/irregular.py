"""Systems that have no Lagrangian."""

from __future__ import annotations

from typing import NoReturn

from jaxtyping import Float
from torch import Tensor

from .base import System


class IrregularSystem(System):
    """A system whose H(q, p) is not convex in p, whatever its parameters are.

    Velocities do not determine the momenta, and what needs them is refused.
    """

    @property
    def regular(self) -> bool:
        """No."""
        return False

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: with the models that fit.
        """
        self._refuse()

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: with the models that fit.
        """
        self._refuse()

    def lagrangian(self, x: Float[Tensor, "*batch state"], t: Tensor | None = None) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: with the models that fit.
        """
        self._refuse()

    def _refuse(self) -> NoReturn:
        self.check_coordinates("velocity")
        raise AssertionError(f"{type(self).__name__} must not call itself regular")
