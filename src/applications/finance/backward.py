"""Options from a generator: the backward equation of the moments of a price."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Complex
from numpy.polynomial import chebyshev
from scipy.integrate import solve_ivp

from ...mechanics.hamiltonian import Energy
from ...mechanics.lagrangian import velocity_blocks

DEGREE = 8
"""Of the polynomials in v: the logarithm of a moment of an affine model has degree one."""


def generator_moments(
    energy: Energy,
    start: tuple[float, float],
    variance: tuple[float, float],
    u: Complex[np.ndarray, " moments"],
    maturity: float,
) -> Complex[np.ndarray, " moments"]:
    r"""Return ``ln E exp(u (x_T - x_0))`` of the diffusion whose generator an energy tells.

    Drift ``b = H_p(q, 0)``, covariance ``a = H_pp(q, 0)`` and killing ``-H(q, 0)`` are those at
    today's price: nothing may depend on it. With :math:`\phi = u x + f(\tau, v)` the backward
    equation is

    .. math:: f_\tau = H(q, 0) + u b_x + \tfrac12 u^2 a_{xx} + (b_v + u a_{xv}) f_v
              + \tfrac12 a_{vv} (f_v^2 + f_{vv})

    H is asked for at real, vanishing momenta alone, however complex u is. f is a polynomial in the
    variances that the energy was trained on, and the equation holds at Chebyshev's points, the
    edges included: as f is nearly a line, little comes from beyond them.

    Source:
        M. I. Freidlin, *Functional Integration and Partial Differential Equations*, 1985, section
        2.1, for the backward equation.
    """
    low, high = variance
    nodes = np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE)
    v = torch.from_numpy(low + (high - low) * (nodes + 1) / 2)
    q = torch.stack((torch.full_like(v, start[0]), v), dim=-1)
    at_rest = torch.cat((q, torch.zeros_like(q)), dim=-1)
    blocks = velocity_blocks(energy, at_rest)
    rest, b, a = (part.detach().numpy() for part in (energy(at_rest), blocks.l_v, blocks.l_vv))
    source = rest + np.outer(u, b[:, 0]) + np.outer(u**2, a[:, 0, 0]) / 2
    pull = b[:, 1] + np.outer(u, a[:, 0, 1])
    slope = _differences(nodes) * 2 / (high - low)

    def rates(_: float, flat: np.ndarray) -> np.ndarray:
        f = flat.reshape(source.shape)
        f_v = f @ slope.T
        return (source + pull * f_v + a[:, 1, 1] / 2 * (f_v**2 + f_v @ slope.T)).ravel()

    zero = np.zeros(source.size, dtype=complex)
    found = solve_ivp(rates, (0, maturity), zero, method="DOP853", rtol=1e-9, atol=1e-10)
    if not found.success:
        return np.full(len(u), np.nan, dtype=complex)
    f = found.y[:, -1].reshape(source.shape)
    fit = np.linalg.solve(chebyshev.chebvander(nodes, DEGREE), f.T)
    place = 2 * (start[1] - low) / (high - low) - 1
    return chebyshev.chebvander(np.array([place]), DEGREE)[0] @ fit


def _differences(nodes: np.ndarray) -> np.ndarray:
    """Return the matrix that takes values at Chebyshev's points to slopes there."""
    count = len(nodes)
    slopes = chebyshev.chebval(nodes, chebyshev.chebder(np.eye(count)))
    return np.linalg.solve(chebyshev.chebvander(nodes, count - 1).T, slopes).T
