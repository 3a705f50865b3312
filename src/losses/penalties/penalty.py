"""What every penalty supplies."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ...models.base import Dynamics


@dataclass(frozen=True)
class Penalty(ABC):
    """A dimensionless number that is zero for the models that one would rather have.

    Raises:
        ValueError: if the weight is negative or not finite.
    """

    weight: float = 1.0
    """How much it counts beside the loss; 0: it is not even computed."""

    def __post_init__(self) -> None:
        if not 0 <= self.weight < math.inf:
            raise ValueError(f"weight must be 0 or more; got {self.weight}.")

    @abstractmethod
    def check(self, model: Dynamics) -> None:
        """Refuse models of which it says nothing.

        Raises:
            ValueError: with the reason, and the models that fit.
        """

    @abstractmethod
    def __call__(
        self,
        model: Dynamics,
        x: Float[Tensor, "batch state"],
        u: Float[Tensor, "batch inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return its value, without the weight, at states in the model's coordinates."""
