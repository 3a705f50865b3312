import math

import pytest
import torch

from src.mechanics.hamiltonian import hamiltonian_field
from src.systems.nls import NLS

from .motions import motion

FINE = NLS(points=255, length=40.0)


def starts(system, count=300):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def soliton(system, a, v, place, phase=0.0):
    values = torch.tensor([a, v, place, phase], dtype=torch.float64)
    return system.soliton(*values.unsqueeze(-1))


@pytest.mark.parametrize(("a", "v"), [(1.1, 0.7), (0.9, -0.4), (1.5, 0.0)])
def test_the_conserved_quantities_of_a_soliton(a, v):
    x = FINE.state(soliton(FINE, a, v, 20.0))
    values = FINE.invariants(x)
    assert float(values["norm"]) == pytest.approx(2 * a, abs=1e-10)
    assert float(values["momentum"]) == pytest.approx(2 * a * v, abs=1e-7)
    assert float(FINE.hamiltonian(x)) == pytest.approx(a * v**2 - a**3 / 3, abs=1e-7)
    assert FINE.speed(a, a * v**2 - a**3 / 3) == pytest.approx(abs(v))


def test_a_soliton_moves_and_keeps_its_shape():
    a, v, t = 1.1, 0.7, 6.0
    start = FINE.state(soliton(FINE, a, v, 14.0))
    end = torch.from_numpy(motion(FINE, start, t).y[:, -1])
    expected = soliton(FINE, a, v, 14.0 + v * t, (a**2 + v**2) * t / 2)
    torch.testing.assert_close(FINE.psi(end), expected, rtol=0, atol=1e-6)


def test_splitting_agrees_with_the_soliton_to_its_order():
    """Strang's splitting: every part is solved exactly, and the steps are not the system's own."""
    a, v, t = 1.0, 0.5, 2.0
    start = soliton(FINE, a, v, 18.0)
    expected = soliton(FINE, a, v, 18.0 + v * t, (a**2 + v**2) * t / 2)
    wave = 2 * math.pi * torch.fft.fftfreq(255, FINE.grid.spacing, dtype=torch.float64)
    errors = []
    for steps in (250, 500, 1000):
        now, step = start, t / steps
        drift = torch.exp(-0.25j * step * wave.square())
        for _ in range(steps):
            now = torch.fft.ifft(drift * torch.fft.fft(now))
            now = now * torch.exp(1j * step * now.abs().square())
            now = torch.fft.ifft(drift * torch.fft.fft(now))
        errors.append(float((now - expected).abs().max()))
    assert errors[2] < 3e-6
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)


def test_the_field_is_the_equation_wherever_products_fit_on_the_grid():
    """Smooth fields, written as the complex equation."""
    x = starts(FINE, 20)
    psi = FINE.psi(x)
    bent = torch.complex(FINE.grid.derivative(psi.real, 2), FINE.grid.derivative(psi.imag, 2))
    expected = 1j * (bent / 2 + psi.abs().square() * psi)
    torch.testing.assert_close(FINE.psi(FINE.vector_field(x)), expected, rtol=0, atol=1e-4)


def test_the_closed_field_is_that_of_the_energy_for_rough_states_too():
    """Their products do not fit on the grid, and the energy has a say in what becomes of them."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(5, 82, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(NLS().vector_field(x), hamiltonian_field(NLS().hamiltonian, x))


def test_norm_momentum_and_energy_are_conserved_on_a_coarse_grid():
    """Also by a rough field, whose waves are as short as the grid holds."""
    system = NLS()
    generator = torch.Generator().manual_seed(1)
    x0 = starts(system, 1)[0] + 0.05 * torch.randn(82, generator=generator, dtype=torch.float64)
    end = torch.from_numpy(motion(system, x0, 2.0, 1e-11).y[:, -1])
    assert float((end - x0).norm()) > 0.5
    assert float(system.hamiltonian(end)) == pytest.approx(float(system.hamiltonian(x0)), abs=1e-9)
    for name, value in system.invariants(x0).items():
        assert float(system.invariants(end)[name]) == pytest.approx(float(value), abs=1e-9)


def test_displacing_a_rough_field_by_part_of_a_spacing_costs_no_energy():
    """What conserves the momentum, and what the fourth power of the values alone would not."""
    system = NLS()
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(82, generator=generator, dtype=torch.float64)
    numbers = 2 * math.pi * torch.fft.rfftfreq(41, system.grid.spacing, dtype=torch.float64)
    turn = torch.exp(0.3j * system.grid.spacing * numbers)
    moved = torch.fft.irfft(turn * torch.fft.rfft(x.unflatten(-1, (2, 41))), n=41).flatten()
    assert float((moved - x).norm()) > 1
    assert float(system.hamiltonian(moved)) == pytest.approx(
        float(system.hamiltonian(x)), rel=1e-12
    )
    naive = [system.psi(y).abs().pow(4).sum() for y in (x, moved)]
    assert abs(float(naive[1] / naive[0]) - 1) > 1e-3


def test_starts_have_their_energies_and_are_as_smooth_as_the_grid_needs():
    x = starts(NLS(), 1000)
    energy = NLS().hamiltonian(x)
    assert 0.1 - 2e-3 < float(energy.min()) < 0.105
    assert 0.595 < float(energy.max()) < 0.6 + 2e-3
    waves = torch.fft.fft(NLS().psi(x)).abs().square()
    assert float((waves[:, 19:23].sum(-1) / waves.sum(-1)).max()) < 1e-4
    momentum = NLS().invariants(x)["momentum"]
    assert 0.4 < float((momentum > 0).double().mean()) < 0.6


def test_the_strongest_disturbance_still_leaves_the_energies_in_range():
    system = NLS(disturbance=0.99)
    energy = system.hamiltonian(starts(system, 500))
    assert torch.isfinite(energy).all()
    assert 0.1 - 2e-2 < float(energy.min()) < float(energy.max()) < 0.6 + 2e-2


def test_as_many_motions_as_the_freedoms_of_a_disturbed_soliton():
    assert NLS().training_motions == 150 * 8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": 40}, "system.points must be odd; got 40 points"),
        ({"points": 7}, "system.points must be a whole number from 9 to 1023; got 7"),
        ({"points": 21}, "steps of at most .* got 16.0 in steps of 0.7619"),
        (
            {"length": 12.0},
            "must hold the solitons: at least 13.33 units of length",
        ),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        NLS(**changes)
