"""Smiles of true energies, by the functions that learned ones go through."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from src.applications.curves import curves
from src.applications.finance import geodesic_smiles as short
from src.applications.finance import heston_curves as finite
from src.applications.finance.backward import generator_moments
from src.applications.finance.fourier import black, calls, frequencies, implied_volatilities
from src.applications.finance.heston import heston_smile, log_moment
from src.boundary.characteristics import Box
from src.mechanics.state import split_state
from src.models.hnn import HNN
from src.models.martingale_hnn import MartingaleHNN
from src.systems.finance.heston_log_price import HestonLogPrice
from src.systems.finance.heston_short_maturity import HestonShortMaturity
from src.systems.finance.heston_smile import HestonSmile
from src.systems.finance.sabr_geodesic import SABRGeodesic

SABR, SHORT, PRICE, SMILE = SABRGeodesic(), HestonShortMaturity(), HestonLogPrice(), HestonSmile()


def vector(*values):
    return torch.tensor(values, dtype=torch.float64)


def close(found, expected, digits=8):
    torch.testing.assert_close(found, vector(*expected), rtol=0, atol=0.51 * 10**-digits)


def test_geodesics_of_sabr_give_hagans_smile():
    k, distance = short.geodesic_ends(SABR.hamiltonian, SABR, Box.of(SABR.bounds))
    ended = k.isfinite()
    assert ended.sum() > 80
    found = (k.abs() / distance)[ended]
    torch.testing.assert_close(found, short.hagan(SABR, k[ended]), rtol=0, atol=1e-13)


def test_the_smile_between_geodesics_is_hagans_to_the_digits_of_the_reference():
    strikes = vector(0.7, 0.8, 0.9, 1.1, 1.2, 1.4).log()
    expected = [0.25864293, 0.23450768, 0.21476031, 0.19093346, 0.18753465, 0.19275690]
    close(short.hagan(SABR, strikes), expected)

    def shifted(x, t=None):
        return SABR.hamiltonian(x) + 0.3

    (smile,) = curves(SABR).values()
    everywhere = torch.cat((strikes.exp(), smile.points))
    found = replace(
        smile,
        value=lambda energy: (
            100 * short.smile_of_geodesics(energy, SABR, everywhere.log(), Box.of(SABR.bounds))
        ),
    ).of(shifted)
    close(found[:6] / 100, expected)
    assert smile.errors(found[6:]).abs().max() < 1e-6


def test_hagans_smile_is_smooth_where_the_option_is_at_the_money():
    near = short.hagan(SABR, vector(-1e-8, -1e-11, 0.0, 1e-11, 1e-8))
    torch.testing.assert_close(near, torch.full_like(near, 0.2), rtol=0, atol=1e-8)


def test_the_smile_of_sabr_is_asked_for_at_forty_one_strikes():
    (smile,) = curves(SABR).values()
    steps = smile.points.log().diff()
    assert len(smile.points) == 41
    assert float(smile.points[0]) == pytest.approx(0.62)
    assert float(smile.points[-1]) == pytest.approx(1.62)
    torch.testing.assert_close(steps, steps[:1].expand(40))
    flat = smile.errors(smile.others["Black and Scholes"])
    assert 200 < flat.abs().max() < 1000


def test_a_learned_energy_that_is_no_metric_gives_what_it_has_and_nothing_else():
    torch.manual_seed(0)
    (smile,) = curves(SABR).values()
    found = smile.of(HNN(SABR.spec, width=8).double().hamiltonian)
    assert found.shape == (41,)
    assert not (found <= 0).any()


def test_geodesics_of_heston_give_the_rate_of_forde_and_jacquier():
    assert short.heston_cumulant(SHORT, 2.0) == pytest.approx(0.06420087333523, abs=1e-14)
    assert short.heston_rate(SHORT, -0.3) == pytest.approx(0.519314805131, abs=5e-13)
    assert short.heston_rate(SHORT, 0.2) == pytest.approx(0.673375050705, abs=5e-13)
    expected = [0.29436821, 0.26730784, 0.23615190, 0.17172584, 0.17234016, 0.18303105]
    (smile,) = curves(SHORT).values()
    close(smile.of(SHORT.hamiltonian) / 100, expected)
    close(smile.exact / 100, expected)


def test_cumulants_are_actions_and_two_of_them_vanish():
    assert float(log_moment(PRICE, 0.5, 0.5).real) == pytest.approx(-0.0024199493818139, abs=1e-15)
    both = curves(PRICE)
    cumulant, forward = (both[name].of(PRICE.hamiltonian) for name in ("cumulant", "forward"))
    known = [finite.TILTS.index(u) for u in (0.0, 0.5, 1.0)]
    expected = vector(0, -0.0024199493818139, 0)
    torch.testing.assert_close(cumulant[known], expected, rtol=0, atol=1e-15)
    assert both["cumulant"].errors(cumulant).abs().max() < 1e-9
    assert (forward - 1).abs().max() < 1e-12


def test_an_untrained_net_without_arbitrage_prices_forwards_and_a_plain_one_does_not():
    torch.manual_seed(0)
    x = PRICE.sample_initial(200, torch.Generator().manual_seed(0))
    q, p = split_state(x)
    one = torch.cat((q, vector(1, 0).expand_as(p)), dim=-1)
    rest = torch.cat((q, torch.zeros_like(p)), dim=-1)
    net, plain = MartingaleHNN(PRICE.model_spec, width=16), HNN(PRICE.model_spec, width=16)
    for model in (net.double(), plain.double()):
        model.fit_scaling(x, PRICE.vector_field(x))
    for states in (one, rest):
        assert net.energy(states).abs().max() < 1e-15
        assert (plain.energy(states)).abs().max() > 1e-2
    net.hamiltonian.net.energy_scale.mul_(0.02)  # slow motions stay in the box
    forward = curves(PRICE)["forward"].of(net.hamiltonian)
    assert forward.isfinite().all()
    assert (forward - 1).abs().max() < 1e-12


@pytest.mark.parametrize(
    ("maturity", "strikes", "expected"),
    [
        (0.25, (0.9, 0.95, 1.05), (0.22744, 0.20871, 0.17031)),
        (0.5, (0.8, 0.9, 1, 1.1, 1.2), (0.24891, 0.21673, 0.18378, 0.15553, 0.14344)),
        (1.0, (0.8, 0.9, 1.1), (0.23033, 0.20476, 0.15959)),
    ],
)
def test_the_backward_equation_prices_as_fouriers_integral_does(maturity, strikes, expected):
    k = vector(*strikes).log()
    u = 0.5 + 1j * frequencies()[0]
    moments = generator_moments(SMILE.hamiltonian, SMILE.start, SMILE.variance, u, maturity)
    assert np.abs(moments - log_moment(SMILE, u, maturity)).max() < 1e-8
    found = implied_volatilities(calls(moments, k), k, maturity)
    close(found, expected, 5)
    torch.testing.assert_close(found, heston_smile(SMILE, k, maturity), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("maturity", "lowest", "strikes", "expected"),
    [
        (0.25, -9.0, (0.9, 0.95, 1.05), (0.22776, 0.20908, 0.17012)),
        (1.0, -4.0, (0.8, 0.9, 1.1), (0.23068, 0.20423, 0.15671)),
    ],
)
def test_saddlepoints_have_a_floor_of_their_own(maturity, lowest, strikes, expected):
    u = torch.linspace(lowest, 9, 401, dtype=torch.float64)  # lower moments have exploded
    true = torch.from_numpy(log_moment(SMILE, u.numpy(), maturity).real)
    k = vector(*strikes).log()
    found = finite.saddlepoint_smile(u, true, k, maturity)
    close(found, expected, 5)
    floor = 1e4 * (found - heston_smile(SMILE, k, maturity)).abs().max()
    assert 1 < floor < 30


def test_the_smile_of_the_generator_needs_no_momentum_but_zero():
    smile = curves(SMILE)["smile"]
    found = smile.of(lambda x, t=None: SMILE.hamiltonian(x) + x[..., 2:].pow(4).sum(-1))
    assert smile.errors(found).abs().max() < 1e-5
    assert smile.errors(smile.others["Black and Scholes"]).abs().max() > 100


def test_implied_volatilities_are_those_that_prices_are_made_of():
    k = vector(-0.4, 0.0, 0.3)
    prices = np.array([black(one, 0.3 * math.sqrt(0.5)) for one in k.tolist()])
    torch.testing.assert_close(implied_volatilities(prices, k, 0.5), torch.full_like(k, 0.3))
    assert implied_volatilities(np.array([1.1, -0.1, math.nan]), k, 0.5).isnan().all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("maturity", "strike", "simulated", "first_order"),
    [(0.5, 1.1, 0.1924, 0.1920), (1.0, 1.0, 0.2017, 0.2022)],
)
def test_leading_order_is_off_by_the_maturity(maturity, strike, simulated, first_order):
    """Given the volatility a price is log-normal: only volatilities are drawn."""
    paths, steps = 40_000, 200
    nu, rho, alpha = SABR.volatility_of_volatility, SABR.correlation, SABR.initial_volatility
    draws = np.random.default_rng(0).standard_normal((steps, paths // 2))
    dz = np.concatenate((draws, -draws), axis=1) * math.sqrt(maturity / steps)
    z = np.vstack((np.zeros((1, paths)), dz.cumsum(0)))
    t = np.linspace(0, maturity, steps + 1)[:, None]
    a = alpha * np.exp(nu * z - nu**2 * t / 2)
    square = np.square(a)
    variance = ((square[1:] + square[:-1]) / 2).sum(0) * maturity / steps
    level = np.exp(rho * (a[-1] - alpha) / nu - rho**2 * variance / 2)
    deviation = np.sqrt((1 - rho**2) * variance)
    prices = np.array(
        [
            one * black(math.log(strike / one), wide)
            for one, wide in zip(level, deviation, strict=True)
        ]
    )
    k = vector(math.log(strike))
    both = prices.mean() + np.array([0.0, 3 * prices.std() / math.sqrt(paths)])
    low, high = (float(implied_volatilities(np.array([one]), k, maturity)) for one in both)
    error = high - low
    assert abs(low - simulated) < error + 3 * 3e-4
    leading = float(short.hagan(SABR, k))
    slope = rho * nu * alpha / 4 + (2 - 3 * rho**2) / 24 * nu**2
    assert leading * (1 + slope * maturity) == pytest.approx(first_order, abs=6e-5)
    assert low - leading > 1e-3
