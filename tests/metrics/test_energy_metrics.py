import math

import pytest
import torch

from src.metrics.energy import drift, energy_error, invariant_scale, kinetic_scale, slope
from src.systems.mass_spring import MassSpring

IRREGULAR = torch.linspace(0, 1, 400, dtype=torch.float64).square() * 6


def test_a_steady_gain_has_its_closed_form_on_irregular_times():
    t = IRREGULAR
    rates = torch.tensor([0.5, -0.25], dtype=torch.float64)
    e = 3.0 + rates[:, None] * t
    figures = drift(t, e, scale=2.0)
    torch.testing.assert_close(figures.change, rates * 6 / 2)
    torch.testing.assert_close(figures.largest, rates.abs() * 6 / 2)
    torch.testing.assert_close(figures.rms, rates.abs() * t.square().mean().sqrt() / 2)


def test_an_oscillation_has_an_rms_but_no_steady_change():
    t = torch.linspace(0, 200 * math.pi, 20001, dtype=torch.float64)
    figures = drift(t, t.sin()[None], scale=1.0)
    assert float(figures.rms) == pytest.approx(math.sqrt(0.5), rel=1e-3)
    assert float(figures.largest) == pytest.approx(1.0, rel=1e-3)
    assert abs(float(figures.change)) < 0.02


def test_a_damped_oscillator_loses_its_energy():
    # E(t) = exp(-c t): rms of E - 1 over [0, T] in closed form.
    c, horizon = 0.3, 5.0
    t = torch.linspace(0, horizon, 5001, dtype=torch.float64)
    figures = drift(t, torch.exp(-c * t)[None], scale=1.0)
    mean = 1 - 2 * (1 - math.exp(-c * horizon)) / (c * horizon)
    mean += (1 - math.exp(-2 * c * horizon)) / (2 * c * horizon)
    assert float(figures.rms) == pytest.approx(math.sqrt(mean), rel=1e-3)
    assert float(figures.largest) == pytest.approx(1 - math.exp(-c * horizon), rel=1e-9)


def test_the_slope_ignores_when_samples_were_taken():
    t = IRREGULAR
    torch.testing.assert_close(slope(t, (2 - 7 * t)[None]), torch.tensor([-7.0]).double())


def test_a_motion_that_breaks_off_spoils_only_its_own_figures():
    t = torch.arange(3.0, dtype=torch.float64)
    figures = drift(t, torch.tensor([[1.0, math.nan, 1.0], [1.0, 2.0, 1.0]]).double(), 1.0)
    for values in (figures.rms, figures.largest, figures.change):
        assert values.isfinite().tolist() == [False, True]


def test_the_energy_error_is_a_mean_square():
    truth = torch.zeros(1, 4, dtype=torch.float64)
    model = torch.tensor([[0.0, 1.0, 2.0, 3.0]], dtype=torch.float64)
    assert float(energy_error(model, truth)) == pytest.approx(14 / 4)


def test_the_kinetic_scale_of_an_oscillator_is_its_energy_whatever_the_affine_freedom():
    system = MassSpring(mass=2.0, stiffness=3.0)
    t = torch.linspace(0, system.time_scale, 201, dtype=torch.float64)[:-1]
    path = system.exact_flow(torch.tensor([0.7, 0.0], dtype=torch.float64), t)
    energy = float(system.hamiltonian(path[0]))
    assert kinetic_scale(system.hamiltonian, path) == pytest.approx(energy, rel=1e-9)

    def learned(x, t=None):
        return 5 - 3 * system.hamiltonian(x)

    assert kinetic_scale(learned, path) == pytest.approx(3 * energy, rel=1e-9)


def test_the_scale_of_a_quadratic_energy_of_no_pairs_is_the_energy():
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0)).double()

    def learned(x, t=None):
        return x.square() @ torch.tensor([1.0, 2.0, 3.0], dtype=x.dtype) + 7

    expected = float((learned(x) - 7).mean())
    assert kinetic_scale(learned, x, "poisson") == pytest.approx(expected, rel=1e-12)


def test_an_energy_without_momenta_has_no_kinetic_scale():
    x = torch.ones(3, 2, dtype=torch.float64)
    assert kinetic_scale(lambda x, t=None: x[..., 0] ** 2, x) is None


def test_a_total_momentum_of_zero_is_measured_against_the_momenta_of_the_bodies():
    p = torch.tensor([3.0, -3.0], dtype=torch.float64)
    x = torch.cat((torch.zeros_like(p), p)).repeat(5, 1)
    scale = invariant_scale(lambda x, t=None: x[..., 2] + x[..., 3], x)
    assert scale == pytest.approx(3 * math.sqrt(2))
    assert invariant_scale(lambda x, t=None: 0 * x[..., 0], x) is None


def test_a_drift_needs_a_positive_scale():
    t = torch.arange(2.0, dtype=torch.float64)
    with pytest.raises(ValueError, match="scale of a drift must be positive"):
        drift(t, torch.zeros(1, 2, dtype=torch.float64), 0.0)


def test_a_drift_needs_two_samples():
    with pytest.raises(ValueError, match="two samples at least"):
        drift(torch.zeros(1).double(), torch.zeros(1, 1).double(), 1.0)
