"""The acrobot of reinforcement learning: links that are heavier to turn than rods."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from .acrobot import Acrobot
from .constants import like
from .jointed_rods import JointedRods
from .sampling import check_positive


@dataclass(frozen=True)
class AcrobotGym(Acrobot):
    r"""An :class:`Acrobot` whose links have one moment of inertia I about their centres.

    .. math:: A_{ii} = A_{ii}^{\text{rods}} + I - \tfrac1{12} m_i l_i^2

    in the inertias of :class:`JointedRods`. With 1 kg, 1 m and I = 1 kg m^2, a rod would have a
    twelfth of it.

    Source:
        R. S. Sutton, *Generalization in reinforcement learning: successful examples using sparse
        coarse coding*, NIPS 8 (1996), 1038-1044, appendix, as simulated by Gym.

    Raises:
        ValueError: if the moment is not positive, or as :class:`Acrobot`.
    """

    inertia: float = 1.0
    """Moment of inertia I of each link about its centre, in kg m^2."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, inertia="kg m^2")

    def inertias(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "dof dof"]:
        """Return A: that of rods, and by how much the links are heavier to turn."""
        masses, lengths = like(self.rod_masses, q), like(self.rods, q)
        return super().inertias(q) + torch.diag(self.inertia - masses * lengths.square() / 12)

    def link_field(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the field in angles to the vertical, by the inertias above."""
        return JointedRods.link_field(self, x)
