"""Hamiltonian neural networks of a noise alone."""

from __future__ import annotations

from typing import ClassVar

from .geodesic_hnn import GeodesicHNN
from .noise_net import NoiseNet


class NoiseHNN(GeodesicHNN):
    r"""Learn ``H = p . a(q) p / 2``: a diffusion over times so short that no drift matters.

    The motions are geodesics, as those of :class:`GeodesicHNN`, of the metric in which the noise is
    the same everywhere. Here it may come near zero: a noise in proportion to a position is a line.

    Source:
        S. R. S. Varadhan, *Communications on Pure and Applied Mathematics* 20 (1967) 659, for
        geodesics as the ways of diffusions over short times.
    """

    kind: ClassVar[str] = "noise_hnn"
    form = NoiseNet
