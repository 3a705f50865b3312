import dataclasses
import math

import numpy as np
import pytest
import torch

from src.integrators.reference import reference_motion
from src.mechanics.symplectic import jacobian
from src.systems.quarter_car import QuarterCar

CAR = QuarterCar(damper=1000.0)
FREE = QuarterCar()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_frequencies_are_those_of_the_reference():
    hertz = [w / (2 * math.pi) for w in FREE.frequencies]
    assert hertz == pytest.approx([1.116, 11.43], abs=5e-3)


def test_the_damping_ratios_of_body_and_wheel():
    """The body's is the larger one: to first order c/2 (k_t / (k_s + k_t))^2 / root of k m."""
    assert CAR.damping_ratios == pytest.approx((0.20, 0.18), abs=5e-3)
    body = 1000 / 2 * (190 / 206) ** 2 / math.sqrt(CAR.ride_rate * 300)
    assert CAR.damping_ratios[0] == pytest.approx(body, rel=0.01)
    assert FREE.damping_ratios == pytest.approx((0, 0), abs=1e-12)


def test_frequencies_and_ratios_are_those_of_the_field():
    matrix = jacobian(CAR.rate, torch.zeros(1, 4, dtype=torch.float64))[0].numpy()
    roots = np.linalg.eigvals(matrix)
    ratios = sorted(-roots.real / np.abs(roots))[::2]
    assert sorted(CAR.damping_ratios) == pytest.approx(ratios, rel=1e-10)
    at_rest = jacobian(FREE.vector_field, torch.zeros(1, 4, dtype=torch.float64))[0].numpy()
    assert sorted(np.linalg.eigvals(at_rest).imag)[2:] == pytest.approx(FREE.frequencies)


def test_a_stiff_tyre_carries_the_body_on_its_suspension_alone():
    stiff = dataclasses.replace(FREE, tyre=1e12)
    assert stiff.frequencies[0] == pytest.approx(math.sqrt(16000 / 300), rel=1e-6)
    assert stiff.ride_rate == pytest.approx(16000, rel=1e-6)


def test_starts_have_the_energies_of_their_travels_in_both_modes():
    x = FREE.sample_initial(4000, generator())
    energy = FREE.hamiltonian(x)
    bounds = [FREE.ride_rate * travel**2 / 2 for travel in FREE.travel]
    assert bounds[0] <= float(energy.min()) * (1 + 1e-9) < 1.2 * bounds[0]
    assert 0.99 * bounds[1] < float(energy.max()) <= bounds[1] * (1 + 1e-9)
    modes = FREE.invariants(x)
    torch.testing.assert_close(sum(modes.values()), energy)
    assert float(modes["body_mode"].mean()) == pytest.approx(float(energy.mean()) / 2, rel=0.05)


def test_a_body_held_up_still_has_the_energy_of_its_travel():
    """The wheel hangs where suspension and tyre pull alike."""
    wheel = 0.03 * 16000 / (16000 + 190000)
    x = torch.tensor([0.03, wheel, 0.0, 0.0], dtype=torch.float64)
    assert float(FREE.hamiltonian(x)) == pytest.approx(FREE.ride_rate * 0.03**2 / 2)
    assert float(FREE.force(x[:2])[1]) == pytest.approx(0, abs=1e-9)


def test_the_damper_brings_the_car_to_rest():
    x0 = CAR.sample_initial(3, generator())
    t = torch.linspace(0, 6, 61, dtype=torch.float64)
    energy = CAR.hamiltonian(reference_motion(CAR.field().f, x0, t))
    assert (energy.diff(dim=0) < 0).all()
    # The body decays with zeta w = 0.20 * 7.0 /s, energies with twice that.
    assert (energy[-1] < 1e-4 * energy[0]).all()


def test_only_the_undamped_car_keeps_its_modes_and_has_a_closed_form():
    x = CAR.sample_initial(2, generator())
    assert CAR.invariants(x) == {}
    assert CAR.exact_flow(x, torch.zeros(1).double()) is None


def test_a_constant_force_lifts_the_body_and_leaves_the_wheel_where_the_tyre_is_at_rest():
    """What pushes body and wheel apart stretches the suspension by u / k_s, and no tyre."""
    x = torch.tensor([320.0 / 16000, 0.0, 0.0, 0.0], dtype=torch.float64)
    rate = CAR.rate(x, torch.tensor([320.0], dtype=torch.float64))
    torch.testing.assert_close(rate, torch.zeros(4).double(), atol=1e-9, rtol=0)
