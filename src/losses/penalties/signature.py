"""The signature of the Hessian of L: masses are positive."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.lagrangian import enough_for_masses, velocity_blocks
from ...mechanics.state import split_state
from ...models.base import Dynamics
from .penalty import Penalty


@dataclass(frozen=True)
class Signature(Penalty):
    r"""The mean of ``relu(margin - smallest / typical)^2`` of the eigenvalues of the mass matrix.

    Of :math:`L_{vv}` in scaled velocities at the samples; the typical one is the mean size of all.
    So it does not change under :math:`L \to c L` with c > 0, asks only that masses be positive and
    not too unlike, and serves every Lagrangian. The floor that model=lnn brings
    (``model.mass_floor``) is in units of its untrained masses, and looks around the samples, where
    rollouts go; this one looks at them.

    Source:
        Hamzaogullari, Ozakin, *Learning Relativistic Geodesics and Chaotic Dynamics via Stabilized
        Lagrangian Neural Networks*, 2026, arXiv:2601.12519, for the idea; the measure is ours.

    Raises:
        ValueError: if the margin is not a fraction: the smallest is never above the mean.
    """

    margin: float = 0.1
    """Smallest eigenvalue, in units of the typical one, that costs nothing."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.margin < 1:
            raise ValueError(f"margin must be at least 0 and below 1; got {self.margin}.")

    def check(self, model: Dynamics) -> None:
        """Refuse models without a Lagrangian.

        Raises:
            ValueError: with the models that have one.
        """
        try:
            model.lagrangian()
        except ValueError as error:
            raise ValueError(
                f"penalty=signature needs a Lagrangian L(q, v), which model={model.kind} does not "
                f"have. Use model=lnn or model=delan, or leave it out."
            ) from error

    def __call__(
        self,
        model: Dynamics,
        x: Float[Tensor, "batch state"],
        u: Float[Tensor, "batch inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return it at the states, or of many degrees of freedom at some of them."""
        masses = velocity_blocks(model.lagrangian(), enough_for_masses(x)).l_vv
        _, scale = split_state(model.x_scale)
        eigenvalues = torch.linalg.eigvalsh(masses * torch.outer(scale, scale))
        smallest = eigenvalues.amin(-1) / eigenvalues.abs().mean()
        return torch.relu(self.margin - smallest).square().mean()
