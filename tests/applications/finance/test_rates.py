"""Term structures of known short rates, by the function that learned energies go through."""

import pytest
import torch

from src.applications.curves import curves
from src.applications.finance.rates import (
    closed_form,
    discounts,
    forward_rates,
    zero_yields,
)
from src.boundary.characteristics import Box
from src.systems.finance.cir import CIR
from src.systems.finance.vasicek import Vasicek

YEARS = torch.tensor([1.0, 5.0, 10.0, 30.0], dtype=torch.float64)
PRICES = {
    Vasicek(): [0.97684736, 0.85014325, 0.68284155, 0.26266957],
    CIR(): [0.96784905, 0.82249484, 0.65374797, 0.25332754],
}
"""As of Vasicek 1977 and of Cox, Ingersoll and Ross 1985, worked out apart from this code."""
FORWARDS = {
    Vasicek(): [0.02654790, 0.04048852, 0.04602083, 0.04818540],
    CIR(): [0.03506457, 0.04426684, 0.04688354, 0.04749292],
}


def close(found, expected, digits=8):
    expected = torch.tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=0, atol=0.51 * 10**-digits)


def bonds_of(system, energy, years=YEARS):
    today = torch.tensor([system.today], dtype=torch.float64)
    return discounts(energy, today, years, Box.of(system.bounds))


@pytest.mark.parametrize("system", PRICES, ids=lambda system: type(system).__name__)
def test_prices_and_forward_rates_by_motions_and_by_the_closed_form(system):
    bonds, closed = bonds_of(system, system.hamiltonian), closed_form(system, YEARS)
    for found in (bonds, closed):
        close(found.action.exp(), PRICES[system])
        close(forward_rates(system.hamiltonian, found), FORWARDS[system])
        close(found.end[:, 0], FORWARDS[system])
    torch.testing.assert_close(bonds.momentum, closed.momentum, rtol=0, atol=1e-8)


def test_yields_of_cir_are_those_of_textbooks():
    close(100 * zero_yields(closed_form(CIR(), YEARS)), [3.26791, 3.90826, 4.25033, 4.57691], 5)


def test_every_curve_of_the_true_energy_is_exact_and_a_constant_changes_nothing():
    system = CIR()

    def shifted(x, t=None):
        return system.hamiltonian(x) + 0.3

    for name, curve in curves(system).items():
        assert curve.errors(curve.of(shifted)).abs().max() < 1e-6, name


def test_a_wrong_energy_shows_in_the_curve_as_it_should():
    system, year = Vasicek(), YEARS[:1]
    lower = bonds_of(system, lambda x, t=None: system.hamiltonian(x) - 1e-4, year)
    close(zero_yields(lower) - zero_yields(closed_form(system, year)), [1e-4], 10)
