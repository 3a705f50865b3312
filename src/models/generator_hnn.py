"""Hamiltonian neural networks whose energy is the generator of a diffusion."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .generator_energy import GeneratorHamiltonian
from .learned_hamiltonian import LearnedHamiltonian


class GeneratorHNN(LearnedHamiltonian):
    r"""Learn ``H = p . a(q) p / 2 + b(q) . p - R(q)``: a noise, a drift, and what kills.

    Every diffusion has a generator of this form, so nothing is left out, and H without momenta is
    minus the rate of killing. Where that rate is known, as discounting is, it is not learned, and H
    has no free constant. The noise a is positive definite whatever the weights.

    Source:
        M. Freidlin, A. Wentzell, *Random Perturbations of Dynamical Systems*, 3rd ed., section 4.1.
    """

    kind: ClassVar[str] = "generator_hnn"

    def __init__(
        self, spec: StateSpec, width: int = 128, depth: int = 2, activation: str = "tanh"
    ) -> None:
        super().__init__(spec.expressed_in("canonical"))
        killing = spec.known.killing
        rate = None if killing is None else killing.rate
        self.hamiltonian = GeneratorHamiltonian(spec.angular, width, depth, activation, rate)

    def scale_nets(self) -> None:
        """Give noise, drift and rate the scales of states and rates."""
        self.hamiltonian.fit_momenta(self.x_mean, self.x_scale, self.dx_scale)

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set all scales; that of the noise is the noise itself, if it were constant.

        Velocities are a line in the positions and the momenta then. A drift makes most of them, so
        that a noise in the scale of velocities would be small, and a pivot that falls below its
        floor hardly comes back.
        """
        super().fit_scaling(x, dx, u)
        (q, p), (v, _) = split_state(x.double()), split_state(dx.double())
        causes = torch.cat((p, q, torch.ones_like(q[:, :1])), dim=-1)
        slopes = torch.linalg.lstsq(causes, v, driver="gelsd").solution[: p.shape[-1]]
        self.hamiltonian.quadratic.rescale(slopes.diagonal().rsqrt())
