"""Sparse identification of nonlinear dynamics, by pysindy's regression."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import combinations_with_replacement
from math import comb
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .free_field import FreeField

MOST_TERMS = 5000
"""More make a regression of hours."""


class SINDy(FreeField):
    """Fit a sparse sum of products of numbers, cosines and sines, ``dx/dt = dx_scale * theta c``.

    Nothing but the coefficients c is fitted, by thresholded least squares when the scales are. The
    field is exact where the law has such terms, as Newton's does for polynomial potentials.

    Source:
        Brunton, Proctor, Kutz, *Discovering governing equations from data by sparse identification
        of nonlinear dynamical systems*, PNAS 2016, arXiv:1509.03517; the regression is that of
        pysindy.

    Raises:
        ValueError: if a setting is out of range, or there would be too many terms.
    """

    kind: ClassVar[str] = "sindy"

    terms: Tensor
    """Which factors each term has ``[terms, degree]``; the last factor is 1."""
    coefficients: Tensor
    """``[terms, state]``, of scaled rates."""

    def __init__(
        self, spec: StateSpec, degree: int = 3, threshold: float = 0.02, ridge: float = 1e-6
    ) -> None:
        if degree < 1:
            raise ValueError(f"model.degree must be at least 1; got {degree}.")
        if threshold < 0 or ridge < 0:
            raise ValueError(
                f"model.threshold and model.ridge must not be negative; got {threshold}, {ridge}."
            )
        super().__init__(spec)
        self.threshold, self.ridge = threshold, ridge
        count = comb(self.seen + degree, degree)
        if count > MOST_TERMS:
            raise ValueError(
                f"model.degree={degree} makes {count} terms of {self.seen} factors; at most "
                f"{MOST_TERMS} can be fitted. Take a lower degree, or model=baseline."
            )
        products = combinations_with_replacement(range(self.seen + 1), degree)
        first, after = len(self.features.numbers), len(spec.angles)
        # As cos^2 = 1 - sin^2, a cosine stands in a term once: else none would be sparse.
        kept = [p for p in products if all(p.count(k) < 2 for k in range(first, after))]
        self.register_buffer("terms", torch.tensor(kept), persistent=False)
        self.register_buffer("coefficients", torch.zeros(len(self.terms), spec.size))

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales, and fit the coefficients.

        Raises:
            ValueError: if pysindy is not installed.
        """
        if find_spec("pysindy") is None:
            raise ValueError(
                "model=sindy needs pysindy, which is not installed: pip install -e .[sindy]"
            )
        from pysindy import STLSQ  # pyright: ignore[reportMissingImports]

        super().fit_scaling(x, dx, u)
        theta, rates = self.library(x, u).double(), (dx / self.dx_scale).double()
        regression = STLSQ(threshold=self.threshold, alpha=self.ridge)
        regression.fit(theta.cpu().numpy(), rates.cpu().numpy())
        self.coefficients.copy_(torch.as_tensor(regression.coef_).mT)

    def see(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None
    ) -> Float[Tensor, "*batch seen"]:
        """Return the factors: numbers in their spreads, cosines, sines and scaled inputs.

        They are not centred: laws are sparse in the numbers themselves.
        """
        numbers = (x / self.x_scale).index_select(-1, self.features.numbers)
        angles = x.index_select(-1, self.features.angles)
        none = x.new_zeros(*x.shape[:-1], len(self.u_scale))
        return torch.cat(
            (numbers, angles.cos(), angles.sin(), none if u is None else u / self.u_scale), dim=-1
        )

    def library(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None
    ) -> Float[Tensor, "*batch terms"]:
        """Return all products of at most ``degree`` factors."""
        factors = self.see(x, u)
        factors = torch.cat((factors, torch.ones_like(factors[..., :1])), dim=-1)
        first, *others = self.terms.unbind(-1)
        products = factors.index_select(-1, first)
        for column in others:
            products = products * factors.index_select(-1, column)
        return products

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the sparse sum; without ``u``, that under inputs of zero."""
        return self.dx_scale * (self.library(x, u) @ self.coefficients)
