"""Term structures of known short rates, by the function that learned energies go through."""

import torch

from src.applications.curves import curves
from src.applications.finance.rates import (
    box_of,
    discounts,
    forward_rates,
    vasicek_bonds,
    zero_yields,
)
from src.systems.finance.vasicek import Vasicek

YEARS = torch.tensor([1.0, 5.0, 10.0, 30.0], dtype=torch.float64)
# finance.md, section 11
DOMAIN = box_of(Vasicek().bounds)
VASICEK_PRICES = [0.97684736, 0.85014325, 0.68284155, 0.26266957]
VASICEK_FORWARDS = [0.02654790, 0.04048852, 0.04602083, 0.04818540]


def close(found, expected, digits=8):
    expected = torch.tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=0, atol=0.51 * 10**-digits)


def test_vasicek_prices_and_forward_rates_by_motions_and_by_the_closed_form():
    system = Vasicek()
    today = torch.tensor([system.today], dtype=torch.float64)
    bonds = discounts(system.hamiltonian, today, YEARS, DOMAIN)
    closed = vasicek_bonds(system, YEARS)
    for found in (bonds, closed):
        close(found.action.exp(), VASICEK_PRICES)
        close(forward_rates(system.hamiltonian, found), VASICEK_FORWARDS)
        close(found.end[:, 0], VASICEK_FORWARDS)
    torch.testing.assert_close(bonds.momentum, closed.momentum, rtol=0, atol=1e-9)


def test_every_curve_of_the_true_energy_is_exact_and_a_constant_changes_nothing():
    system = Vasicek()

    def shifted(x, t=None):
        return system.hamiltonian(x) + 0.3

    for name, curve in curves(system).items():
        found = curve.of(shifted)
        assert curve.errors(found).abs().max() < 1e-6, name


def test_a_wrong_energy_shows_in_the_curve_as_it_should():
    system, years = Vasicek(), YEARS[:1]
    today = torch.tensor([system.today], dtype=torch.float64)
    lower = discounts(lambda x, t=None: system.hamiltonian(x) - 1e-4, today, years, DOMAIN)
    close(zero_yields(lower) - zero_yields(vasicek_bonds(system, years)), [1e-4], 10)
