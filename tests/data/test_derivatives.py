"""Estimated rates: exact where they must be, convergent, and steadier than differences."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import savgol_filter

from src.data.derivatives import (
    METHODS,
    central_differences,
    forward_differences,
    local_polynomial,
    savitzky_golay,
    smoothing_spline,
)
from src.data.estimator import Estimator, check_states, refined
from src.data.trajectories import Motion, stack
from src.mechanics.state import StateSpec

SPEC = StateSpec(("q",), (False,))


def irregular(count: int, seed: int) -> torch.Tensor:
    draws = torch.rand(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (0.2 + draws).cumsum(0)


def polynomial(t: torch.Tensor, degree: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two polynomials and their derivatives at t."""
    powers = torch.arange(degree + 1, dtype=torch.float64)
    coefficients = torch.stack((1 / (1 + powers), (-1.0) ** powers))
    s = t.unsqueeze(-1) / t[-1]
    x = (coefficients.unsqueeze(0) * (s**powers).unsqueeze(1)).sum(-1)
    lower = powers * s ** (powers - 1).clamp(min=0) / t[-1]
    return x, (coefficients.unsqueeze(0) * lower.unsqueeze(1)).sum(-1)


@given(seed=st.integers(0, 1000), count=st.integers(3, 40))
def test_central_differences_are_exact_on_parabolas(seed, count):
    t = irregular(count, seed)
    x, dx = polynomial(t, degree=2)
    torch.testing.assert_close(central_differences(t, x).dx, dx, rtol=1e-9, atol=1e-10)


@given(seed=st.integers(0, 1000), degree=st.integers(1, 4), extra=st.integers(0, 4))
def test_local_polynomials_are_exact_up_to_their_degree(seed, degree, extra):
    t = irregular(30, seed)
    x, dx = polynomial(t, degree)
    found = local_polynomial(t, x, window=degree + 1 + extra, degree=degree).dx
    torch.testing.assert_close(found, dx, rtol=1e-6, atol=1e-8)


def test_local_polynomials_fail_above_their_degree():
    t = irregular(30, 0)
    x, dx = polynomial(t, degree=3)
    assert (local_polynomial(t, x, window=7, degree=2).dx - dx).abs().max() > 1e-4


@pytest.mark.parametrize(("window", "degree"), [(5, 2), (7, 3), (13, 4)])
def test_on_a_regular_grid_it_is_the_savitzky_golay_filter(window, degree):
    x = np.random.default_rng(0).standard_normal((40, 2))
    step = 0.03
    found = savitzky_golay(step * torch.arange(40).double(), torch.from_numpy(x), window, degree).dx
    expected = savgol_filter(x, window, degree, deriv=1, delta=step, axis=0, mode="interp")
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-8, atol=1e-9)


def test_central_differences_are_those_of_numpy_on_any_grid():
    t = irregular(25, 3)
    x = torch.from_numpy(np.random.default_rng(1).standard_normal((25, 3)))
    expected = np.gradient(x.numpy(), t.numpy(), axis=0, edge_order=2)
    np.testing.assert_allclose(
        central_differences(t, x).dx.numpy(), expected, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize(
    ("estimate", "order"),
    [(central_differences, 2), (lambda t, x: savitzky_golay(t, x, 7, 4), 4)],
)
def test_order_of_convergence(estimate, order):
    def error(steps: int) -> float:
        t = torch.linspace(0, 2, steps + 1, dtype=torch.float64)
        return float((estimate(t, t.sin()[:, None]).dx[:, 0] - t.cos()).abs().max())

    assert math.log2(error(100) / error(200)) == pytest.approx(order, abs=0.15)


def test_smoothing_spline_without_noise_follows_the_motion_whatever_the_unit_of_time():
    for unit in (1.0, 1e-6, 1e6):
        t = unit * torch.linspace(0, 3, 80, dtype=torch.float64)
        x = torch.stack(((2 * t / unit).sin(), t / unit), dim=-1)
        dx = torch.stack((2 * (2 * t / unit).cos(), torch.ones_like(t)), dim=-1) / unit
        assert ((smoothing_spline(t, x).dx - dx) * unit).abs().max() < 0.02


def test_smoothing_spline_with_a_large_penalty_is_a_straight_line():
    t = irregular(50, 5)
    x = torch.from_numpy(np.random.default_rng(2).standard_normal((50, 1)))
    line = np.polyfit(t.numpy(), x[:, 0].numpy(), 1)[0]
    np.testing.assert_allclose(smoothing_spline(t, x, penalty=1e9).dx.numpy(), line, rtol=1e-3)


@pytest.mark.parametrize("regular", [True, False])
@pytest.mark.parametrize("method", ["savitzky_golay", "smoothing_spline"])
def test_smoothing_is_steadier_than_differences(method, regular):
    draw = torch.Generator().manual_seed(0)
    t = torch.linspace(0, 4 * math.pi, 121, dtype=torch.float64)
    if not regular:
        t = t + 0.05 * torch.rand(121, generator=draw, dtype=torch.float64)
    noise = 0.05 * torch.randn(121, 2, generator=draw, dtype=torch.float64)
    x, dx = torch.stack((t.sin(), t.cos()), -1), torch.stack((t.cos(), -t.sin()), -1)

    def error(name: str) -> float:
        return float((Estimator(name)(t, x + noise).dx - dx).square().mean())

    assert error(method) < error("central_differences") / 8
    fit = Estimator(method)(t, x + noise)
    assert (fit.x - x).square().mean() < noise.square().mean() / 2


@pytest.mark.parametrize("method", ["savitzky_golay", "smoothing_spline"])
def test_rates_at_the_ends_are_several_times_as_wrong(method):
    draw = torch.Generator().manual_seed(0)
    t = torch.linspace(0, 4 * math.pi, 61, dtype=torch.float64)
    x, dx = t.sin()[:, None], t.cos()[:, None]
    errors = torch.stack(
        [
            Estimator(method)(t, x + 0.1 * torch.randn(x.shape, generator=draw).double()).dx - dx
            for _ in range(40)
        ]
    )
    size = errors.square().mean((0, 2)).sqrt()
    assert size[:3].mean() > 2 * size[10:-10].mean()


def test_variance_of_central_differences_is_that_of_theory():
    t = 0.1 * torch.arange(20001, dtype=torch.float64)
    noise = torch.randn(20001, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    variance = float(central_differences(t, noise).dx[1:-1].var())
    assert variance == pytest.approx(1 / (2 * 0.1**2), rel=0.05)


def test_a_large_offset_of_time_and_state_costs_no_accuracy():
    t = torch.linspace(0, 2, 60, dtype=torch.float64)
    found = savitzky_golay(t + 2**20, t.sin()[:, None] + 2**20).dx
    torch.testing.assert_close(found, savitzky_golay(t, t.sin()[:, None]).dx, rtol=0, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_rates_of_padded_motions_are_those_of_each_alone(method):
    times = irregular(12, 0), irregular(8, 1)
    motions = [Motion(t, torch.stack((t.sin(), t.cos()), -1)) for t in times]
    estimator = Estimator(method)
    rates = estimator.fits(stack(SPEC, motions, "observed")).dx
    for row, one in zip(rates, motions, strict=True):
        torch.testing.assert_close(row[: len(one.t)], estimator(one.t, one.x).dx, rtol=0, atol=0)
        assert (row[len(one.t) :] == row[len(one.t) - 1]).all()


def test_states_from_exact_rates_keep_the_error_of_a_mean_alone():
    motions = []
    for seed, count in ((0, 40), (1, 25)):
        t = irregular(count, seed) / 10
        draw = torch.Generator().manual_seed(seed)
        noise = 0.1 * torch.randn(count, 2, generator=draw).double()
        clean = torch.stack((t.sin(), t.cos()), -1)
        rates = torch.stack((t.cos(), -t.sin()), -1)
        motions.append((Motion(t, clean + noise, rates), clean, noise))
    found = refined(stack(SPEC, [motion for motion, _, _ in motions], "clean"), "integrated").x
    for x, (_, clean, noise) in zip(found, motions, strict=True):
        left = x[: len(clean)] - clean
        torch.testing.assert_close(left.mean(0), noise.mean(0), rtol=0, atol=1e-12)
        torch.testing.assert_close(left, noise.mean(0).expand_as(left), rtol=0, atol=1e-3)


def test_forward_differences_lead_exactly_to_the_next_sample():
    t, x = irregular(12, 0), torch.randn(12, 2).double()
    fit = forward_differences(t, x)
    steps = t.diff().unsqueeze(-1)
    torch.testing.assert_close(fit.x[:-1] + steps * fit.dx[:-1], x[1:])
    assert torch.equal(fit.dx[-1], fit.dx[-2])


def test_two_samples_give_their_difference():
    t, x = torch.tensor([0.0, 0.5]).double(), torch.tensor([[1.0], [2.0]]).double()
    for fit in (central_differences, savitzky_golay, forward_differences):
        found = fit(t, x).dx
        torch.testing.assert_close(found, torch.full((2, 1), 2.0).double())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: central_differences(torch.zeros(1).double(), torch.zeros(1, 1).double()),
            "needs two samples at least; got 1",
        ),
        (
            lambda: forward_differences(torch.zeros(1).double(), torch.zeros(1, 1).double()),
            "needs two samples at least; got 1",
        ),
        (
            lambda: smoothing_spline(torch.arange(4).double(), torch.zeros(4, 1).double()),
            "needs five samples in a row without a gap; got 4",
        ),
        (lambda: check_states("integrated", "central_differences"), "from rates without errors"),
        (lambda: Estimator("spline"), "data.derivatives must be one of"),
        (lambda: Estimator("savitsky_golay"), "did you mean savitzky_golay?"),
        (lambda: Estimator("savitzky_golay", window=6), "must be odd and larger than"),
        (lambda: Estimator("savitzky_golay", window=3), "must be odd and larger than"),
        (lambda: Estimator("savitzky_golay", degree=0), "data.derivative_degree must be"),
    ],
)
def test_mistakes_have_messages(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
