"""Models that take states as they are, as the code of most papers does."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from src.models.base import Dynamics


class Unscaled(Dynamics):
    """A model without scales."""

    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Keep all scales at 1."""

    def scale_nets(self) -> None:
        """Keep those of the nets at 1, too."""
