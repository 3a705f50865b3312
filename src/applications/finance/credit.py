"""What people who trade credit ask of the energy of a firm's intensity of default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ...boundary.characteristics import Box
from ...boundary.terminal import Terminal
from ...mechanics.hamiltonian import Energy, energy_gradient
from ...systems.finance.cir_intensity import CIRIntensity
from ...systems.finance.defaultable_bond import DefaultableBond
from ...systems.finance.vasicek import Vasicek
from ..curve import Anchor, Curve, Shared
from .rates import BP, MATURITIES, anchor_of, closed_form, discounts, forward_rates

RECOVERY = 0.4
"""What is recovered of a claim on a firm that failed."""
PAYMENTS = 4
"""Of the premium, a year."""


@dataclass(frozen=True)
class Spared:
    """An energy that one of the rates does not kill: bonds without default, firms without rates."""

    energy: Energy
    component: int

    def __call__(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return ``H + q_i``."""
        return self.energy(x, t) + x[..., self.component]

    def gradient(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """Return its slopes: those of H, and one."""
        one = torch.zeros_like(x[..., :1]).expand_as(x).clone()
        one[..., self.component] = 1.0
        return energy_gradient(self.energy, x, t) + one


def cds_spreads(
    discount: Float[Tensor, " quarters"],
    survival: Float[Tensor, " quarters"],
    years: Float[Tensor, " maturities"],
) -> Float[Tensor, " maturities"]:
    """Return fair premiums of credit default swaps, per year, of curves at the ends of quarters.

    Paid every quarter as long as the firm lives, and for half of the one in which it fails; losses
    are discounted by the mean of the quarter's ends.
    """
    whole = torch.cat((torch.ones_like(discount[:1]), discount))
    alive = torch.cat((torch.ones_like(survival[:1]), survival))
    lost = (1 - RECOVERY) * (whole[1:] + whole[:-1]) / 2 * (alive[:-1] - alive[1:])
    paid = whole[1:] * (alive[1:] + alive[:-1]) / 2 / PAYMENTS
    last = (years * PAYMENTS).round().long() - 1
    return lost.cumsum(0)[last] / paid.cumsum(0)[last]


def survival_curves(system: CIRIntensity) -> Mapping[str, Curve]:
    """Return probabilities to survive, forward hazards, and swaps under a known rate."""
    years, quarters = _times()
    today = torch.tensor([system.today], dtype=torch.float64)
    exact = closed_form(system, years)
    at_years, at_quarters = closed_form(Vasicek(), quarters), closed_form(system, quarters)
    discount, picked = at_years.action.exp(), (years * PAYMENTS).round().long() - 1
    firm = Shared(lambda energy: discounts(energy, today, quarters, Box.of(system.bounds)))

    def spreads(survival: Terminal) -> Tensor:
        return BP * cds_spreads(discount, survival.action.exp(), years)

    probability = Curve(
        meaning="probability that the firm lives, from the action ln Q",
        axis="maturity (yr)",
        points=years,
        unit="%",
        value=lambda energy: 100 * firm(energy).action.exp()[picked],
        exact=100 * exact.action.exp(),
        error_unit="bp",
        error_factor=BP / 100,
        anchor=anchor_of(system),
    )
    return {
        "survival": probability,
        "forward_hazard": replace(
            probability,
            meaning="forward hazard, minus the energy of the motion",
            value=lambda energy: 100 * forward_rates(energy, firm(energy))[picked],
            exact=100 * exact.end[:, 0],
        ),
        "cds": replace(
            probability,
            meaning="premium of a credit default swap, 40 % recovered, under a Vasicek rate",
            unit="bp",
            value=lambda energy: spreads(firm(energy)),
            exact=spreads(at_quarters),
            error_unit="",
            error_factor=1.0,
        ),
    }


def defaultable_curves(system: DefaultableBond) -> Mapping[str, Curve]:
    """Return zero bonds of which nothing is recovered, and swaps, of a rate and an intensity."""
    years, quarters = _times()
    parts = system.rate_part, system.hazard_part
    start = torch.tensor([part.today for part in parts], dtype=torch.float64)
    box = Box.of(system.bounds)
    middle = [part.mean for part in parts]
    rate, hazard = (closed_form(part, quarters).action.exp() for part in parts)
    bonds = [closed_form(part, years).action for part in parts]

    def swaps(energy: Energy) -> Tensor:
        riskless, alive = (
            discounts(Spared(energy, other), start, quarters, box).action.exp() for other in (1, 0)
        )
        return BP * cds_spreads(riskless, alive, years)

    price = Curve(
        meaning="price of a zero bond of which nothing is recovered, from the action",
        axis="maturity (yr)",
        points=years,
        unit="% of par",
        value=lambda energy: 100 * discounts(energy, start, years, box).action.exp(),
        exact=100 * (bonds[0] + bonds[1]).exp(),
        error_unit="bp",
        error_factor=BP / 100,
        anchor=Anchor(torch.tensor([*middle, 0.0, 0.0], dtype=torch.float64), -sum(middle)),
    )
    return {
        "defaultable_zero": price,
        "cds": replace(
            price,
            meaning="premium of a credit default swap, 40 % recovered",
            unit="bp",
            value=swaps,
            exact=BP * cds_spreads(rate, hazard, years),
            error_unit="",
            error_factor=1.0,
        ),
    }


def _times() -> tuple[Tensor, Tensor]:
    """Return the maturities of curves, and the ends of quarters up to the last."""
    years = torch.tensor(MATURITIES, dtype=torch.float64)
    quarters = torch.arange(1, int(MATURITIES[-1] * PAYMENTS) + 1, dtype=torch.float64)
    return years, quarters / PAYMENTS
