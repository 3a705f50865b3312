"""The smile of options of short maturity: distances from today to the lines of strikes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from scipy.interpolate import make_interp_spline
from torch import Tensor

from ...boundary.characteristics import Box
from ...boundary.fan import transversal_fan
from ...mechanics.hamiltonian import Energy
from ...systems.finance.heston_short_maturity import HestonShortMaturity
from ...systems.finance.sabr_geodesic import SABRGeodesic
from ..curve import Anchor, Curve
from .heston import slope
from .roots import root

PERCENT, VOL_BP = 100.0, 100.0
"""Volatilities are told in per cent, and their errors in hundredths of one."""
STRIKES, POINTS = (0.62, 1.62), 41
"""Range and number of the strikes of SABR's smile."""
MONEYNESS = (-0.3, -0.2, -0.1, 0.1, 0.2, 0.3)
"""ln K / F of those of Heston's."""
MEMBERS = 64
"""Geodesics on each side of today's price."""
NARROW, WIDE = 0.02, 1.15
"""Angles of theirs from the direction of the price, in rad."""
DEGREE = 5
"""Of the spline through them."""
FARTHEST = 2.5
"""The longest distance, in standard deviations of a year."""


Geodesics = SABRGeodesic | HestonShortMaturity
"""Systems whose energy is half a squared distance."""


def smile_of_geodesics(
    energy: Energy,
    system: Geodesics,
    moneyness: Float[Tensor, " strikes"],
    domain: Box | None = None,
) -> Float[Tensor, " strikes"]:
    r"""Return implied volatilities as maturities go to zero, at ``ln K / F`` of the strikes.

    ``sigma -> |k| / d`` with the distance d of the line x = k from today's state. The price and
    the volatility of ``system`` are those of today; its metric only spreads the directions.

    Source:
        H. Berestycki, J. Busca, I. Florent, *Communications on Pure and Applied Mathematics* 57
        (2004) 1352, theorem 1.2.
    """
    k, distance = geodesic_ends(energy, system, domain)
    order, volatility = _single_valued(k), k.abs() / distance
    if len(order) <= DEGREE:
        return torch.full_like(moneyness, torch.nan)
    spline = make_interp_spline(k[order].numpy(), volatility[order].numpy(), DEGREE)
    return torch.from_numpy(spline(moneyness.numpy(), extrapolate=False))


def geodesic_ends(
    energy: Energy, system: Geodesics, domain: Box | None = None
) -> tuple[Float[Tensor, " members"], Float[Tensor, " members"]]:
    """Return how far prices move along geodesics to the lines of strikes, and their lengths."""
    start = torch.tensor(system.start, dtype=torch.float64)
    unit = system.covariance(start).diagonal().rsqrt()
    angle = torch.linspace(NARROW, WIDE, MEMBERS, dtype=torch.float64)
    angle = torch.cat((math.pi - angle.flip(0), angle))
    directions = unit * torch.stack((angle.cos(), angle.sin()), dim=-1)
    speed = math.sqrt(2 * system.level)
    fan = transversal_fan(energy, start, directions, system.level, FARTHEST / speed, domain)
    return fan.q[:, 0] - start[0], fan.reduced_action / speed


def _single_valued(k: Tensor) -> Tensor:
    """Return the members, in their order, among which k rises with the angle from the middle.

    Beyond where it turns back other geodesics are shorter, or the energy is not that of a metric.
    """
    middle = len(k) // 2
    left, right = [], []
    for kept, members in ((left, range(middle - 1, -1, -1)), (right, range(middle, len(k)))):
        farthest = 0.0
        for member in members:
            if not float(k[member].abs()) > farthest:
                break
            farthest = float(k[member].abs())
            kept.append(member)
    return torch.tensor(left[::-1] + right, dtype=torch.long)


def sabr_smile(system: SABRGeodesic) -> Mapping[str, Curve]:
    """Return the smile of short maturities after SABR, over strikes equally far in logarithm."""
    low, high = map(math.log, STRIKES)
    k = torch.linspace(low, high, POINTS, dtype=torch.float64)
    return _smile(system, k, hagan(system, k), "Hagan's leading term", system.initial_volatility)


def heston_short_smile(system: HestonShortMaturity) -> Mapping[str, Curve]:
    """Return the smile of short maturities after Heston."""
    k = torch.tensor(MONEYNESS, dtype=torch.float64)
    flat = math.sqrt(system.initial_variance)
    return _smile(system, k, forde_jacquier(system, k), "Forde and Jacquier's rate", flat)


def _smile(
    system: Geodesics, k: Tensor, exact: Tensor, source: str, flat: float
) -> Mapping[str, Curve]:
    start = torch.tensor(system.start, dtype=torch.float64)
    domain = Box.of(system.bounds)
    smile = Curve(
        meaning="implied volatility of options of short maturity, to leading order |k| / distance",
        axis="strike over forward",
        points=k.exp(),
        unit="%",
        value=lambda energy: PERCENT * smile_of_geodesics(energy, system, k, domain),
        exact=PERCENT * exact,
        source=source,
        error_unit="vol-bp",
        error_factor=VOL_BP,
        anchor=Anchor(torch.cat((start, torch.zeros_like(start))), 0.0),
        others={"Black and Scholes": torch.full_like(k, PERCENT * flat)},
    )
    return {"smile": smile}


def hagan(system: SABRGeodesic, moneyness: Float[Tensor, " strikes"]) -> Float[Tensor, " strikes"]:
    """Return the leading term of SABR's smile, at ``ln K / F``.

    Source:
        P. S. Hagan, D. Kumar, A. S. Lesniewski, D. E. Woodward, *Wilmott Magazine*, September 2002,
        eq. (2.17), for beta = 1.
    """
    rho, zeta = system.correlation, -moneyness / system.length
    root = (1 - 2 * rho * zeta + zeta.square()).sqrt()
    # ln((root + zeta - rho) / (1 - rho)), without cancellation where zeta is large and negative.
    chi = torch.asinh((zeta - rho) / math.sqrt(1 - rho**2)) + math.atanh(rho)
    ratio = torch.where(zeta.abs() < 1e-9, 1 - rho * zeta / 2, zeta / chi)
    return system.initial_volatility * ratio + 0 * root


def forde_jacquier(
    system: HestonShortMaturity, moneyness: Float[Tensor, " strikes"]
) -> Float[Tensor, " strikes"]:
    r"""Return the smile of Heston's model as maturities go to zero, ``|x| / sqrt(2 Lambda*)``.

    Source:
        M. Forde, A. Jacquier, *International Journal of Theoretical and Applied Finance* 12 (2009)
        861, theorem 2.4.
    """
    return torch.tensor(
        [abs(x) / math.sqrt(2 * heston_rate(system, x)) for x in moneyness.tolist()],
        dtype=torch.float64,
    )


def heston_cumulant(system: HestonShortMaturity, p: float) -> float:
    """Return Lambda(p), the limit of cumulants."""
    sigma, rho = system.volatility_of_variance, system.correlation
    wide = math.sqrt(1 - rho**2)
    return system.initial_variance * p / (sigma * (wide / math.tan(sigma * wide * p / 2) - rho))


def heston_rate(system: HestonShortMaturity, x: float) -> float:
    """Return ``Lambda*(x)``, the largest ``p x - Lambda(p)``."""

    def excess(p: float) -> float:
        return slope(lambda one: heston_cumulant(system, one), p) - x

    sigma, rho = system.volatility_of_variance, system.correlation
    wide = math.sqrt(1 - rho**2)
    # Lambda explodes where cot falls to rho / sqrt(1 - rho^2), on either side of zero.
    above = 2 * math.atan2(wide, rho) / (sigma * wide)
    edge = above if x > 0 else above - 2 * math.pi / (sigma * wide)
    best = root(excess, math.copysign(1e-3, x) * abs(edge) * 0.01, 0.999 * edge)
    return best * x - heston_cumulant(system, best)
