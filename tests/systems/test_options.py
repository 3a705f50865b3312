"""What is special of the generators behind option prices and stress tests."""

import dataclasses

import pytest
import torch

from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.lagrangian import velocity_blocks
from src.mechanics.state import split_state
from src.systems.finance.heston_crash import HestonCrash
from src.systems.finance.heston_log_price import HestonLogPrice
from src.systems.finance.heston_short_maturity import HestonShortMaturity
from src.systems.finance.heston_smile import HestonSmile
from src.systems.finance.ou_reverse_stress import OUReverseStress
from src.systems.finance.sabr_geodesic import SABRGeodesic

ALL = [HestonLogPrice(), HestonSmile(), HestonShortMaturity(), HestonCrash()]
ALL += [SABRGeodesic(), OUReverseStress()]


def starts(system):
    return system.sample_initial(50, torch.Generator().manual_seed(0))


def with_momenta(x, *p):
    q, _ = split_state(x)
    return torch.cat((q, torch.tensor(p, dtype=x.dtype).expand_as(q)), dim=-1)


@pytest.mark.parametrize("system", ALL, ids=lambda system: type(system).__name__)
def test_the_energy_tells_drift_and_covariance_at_zero_momentum(system):
    x = with_momenta(starts(system), *[0.0] * system.spec.dof)
    q, _ = split_state(x)
    blocks = velocity_blocks(system.hamiltonian, x)
    torch.testing.assert_close(blocks.l_v, system.drift(q))
    torch.testing.assert_close(blocks.l_vv, system.covariance(q))
    torch.testing.assert_close(system.hamiltonian(x), torch.zeros(50, dtype=torch.float64))


def test_a_discounted_price_is_a_martingale_and_one_that_grows_is_not():
    for system, growth in ((HestonLogPrice(), 0.0), (HestonSmile(), 0.0), (HestonCrash(), 0.05)):
        one = system.hamiltonian(with_momenta(starts(system), 1.0, 0.0))
        torch.testing.assert_close(one, torch.full_like(one, growth), rtol=0, atol=1e-15)
    assert HestonLogPrice().known.price == 0
    assert HestonCrash().known.price is None


def test_geodesics_of_sabr_are_those_of_a_plane_of_constant_curvature():
    """Three symmetries: shifts of x, common dilations about today, and one more (Killing)."""
    system = SABRGeodesic()
    x = starts(system)
    nu, rho = system.volatility_of_volatility, system.correlation
    # In (X, Y) = (nu x - rho alpha, sqrt(1 - rho^2) alpha) the metric is that of the half plane.
    q, p = split_state(x)
    alpha = q[:, 1].exp()
    across = (1 - rho**2) ** 0.5
    far, high = nu * q[:, 0] - rho * alpha, across * alpha
    p_far = p[:, 0] / nu
    p_high = (p[:, 1] / alpha + rho * p_far) / across
    half_plane = nu**2 / 2 * high.square() * (p_far.square() + p_high.square())
    torch.testing.assert_close(system.hamiltonian(x), half_plane)

    def dilation(y, t=None):
        (s, u), (p_s, p_u) = (part.unbind(-1) for part in split_state(y))
        a = u.exp()
        place, move = nu * s - rho * a, p_s / nu
        return place * move + a * (p_u / a + rho * move)

    slope, rate = energy_gradient(dilation, x), system.vector_field(x)
    assert ((slope * rate).sum(-1).abs() < 1e-12 * slope.norm(dim=-1) * rate.norm(dim=-1)).all()
    assert far.isfinite().all()


@pytest.mark.parametrize(
    ("system", "changes", "message"),
    [
        (HestonLogPrice, {"correlation": -1.0}, r"system\.correlation must lie between -1 and 1"),
        (HestonLogPrice, {"maturity": 0.0}, r"system\.maturity must be positive; got 0\.0 yr"),
        (HestonSmile, {"variance": (0.2, 0.1)}, r"system\.variance must hold two positive"),
        (HestonSmile, {"momentum_of_price": (1.0,)}, r"system\.momentum_of_price must hold two"),
        (HestonCrash, {"price_growth": float("nan")}, r"system\.price_growth must be a finite"),
        (HestonShortMaturity, {"volatility_of_variance": -1.0}, r"must be positive; got -1\.0"),
        (SABRGeodesic, {"correlation": 2}, r"system\.correlation must lie between -1 and 1; got 2"),
        (SABRGeodesic, {"forward": 0.0}, r"system\.forward must be positive"),
        (OUReverseStress, {"weights": (1.0, 2.0)}, r"three numbers each; got \[3, 3, 2, 3"),
        (OUReverseStress, {"correlation": (0.9, 0.9, -0.9)}, r"that of three factors"),
        (OUReverseStress, {"loss": -0.4}, r"system\.loss must be positive"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(system, changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(system(), **changes)
