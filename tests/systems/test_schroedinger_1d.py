import math

import numpy as np
import pytest
import torch

from src.systems.schroedinger_1d import Schroedinger1D

FINE = Schroedinger1D(points=128, length=20.0)
TWO_WELLS = Schroedinger1D(points=64, length=18.0, separation=3.0)


def starts(system, count=50):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("system", [FINE, Schroedinger1D(points=64, length=20.0)])
def test_the_levels_of_a_well_are_odd_halves(system):
    assert system.operator.energies[:8] == pytest.approx(np.arange(8) + 0.5, abs=1e-9)


def test_the_default_grid_has_the_levels_that_its_states_are_made_of():
    assert Schroedinger1D().operator.energies[:5] == pytest.approx(np.arange(5) + 0.5, abs=1e-5)


def test_a_displaced_ground_state_swings_like_a_classical_particle():
    """The coherent state: <x> = 2 cos t, and its shape does not change."""
    t = torch.linspace(0, 2 * math.pi, 17, dtype=torch.float64)
    start = FINE.packet(torch.tensor([2.0]).double(), torch.tensor([0.0]).double())
    path = FINE.exact_flow(start, t)
    torch.testing.assert_close(FINE.mean_position(path), 2 * t.cos(), rtol=0, atol=1e-10)
    torch.testing.assert_close(
        FINE.amplitudes(path[8]).abs(),
        FINE.amplitudes(start).abs().flip(0).roll(1),
        rtol=0,
        atol=1e-9,
    )


def test_a_packet_has_the_energy_of_its_motion_above_the_ground_state():
    start = torch.tensor([[1.5]], dtype=torch.float64), torch.tensor([[-0.7]], dtype=torch.float64)
    packet = FINE.packet(*start)
    expected = 0.5 + 1.5**2 / 2 + 0.7**2 / 2
    assert float(FINE.hamiltonian(packet)) == pytest.approx(expected, abs=1e-12)
    assert float(FINE.invariants(packet)["norm"]) == pytest.approx(1)


def test_the_particle_tunnels_between_two_wells_in_the_time_of_their_splitting():
    levels = TWO_WELLS.operator.energies
    assert levels[1] - levels[0] < 0.2 * (levels[2] - levels[1])
    ground = torch.from_numpy(TWO_WELLS.operator.vectors.real.copy())
    left = TWO_WELLS.state((ground[:, 0] + ground[:, 1]).to(torch.complex128) / math.sqrt(2))
    time = math.pi / (levels[1] - levels[0])
    end = TWO_WELLS.exact_flow(left, torch.tensor([time], dtype=torch.float64))[0]
    before, after = TWO_WELLS.mean_position(left), TWO_WELLS.mean_position(end)
    assert abs(float(before)) > 1.5
    assert float(after) == pytest.approx(-float(before), rel=1e-9)


def test_both_wells_have_their_frequency_and_the_barrier_its_height():
    x, step = np.array([-3.0, 0.0, 3.0]), 1e-3
    v = TWO_WELLS.potential
    assert v(x) == pytest.approx([0, 9 / 8, 0])
    assert ((v(x + step) - 2 * v(x) + v(x - step)) / step**2)[[0, 2]] == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("system", [FINE, Schroedinger1D(), TWO_WELLS])
def test_starts_are_normalised_have_their_energies_and_vanish_at_the_ends(system):
    x = starts(system, 300)
    energy = system.hamiltonian(x) / system.frequency
    assert 0.8 - 1e-3 < float(energy.min()) < 0.82
    assert 1.97 < float(energy.max()) < 2.0 + 1e-3
    torch.testing.assert_close(system.invariants(x)["norm"], torch.ones(300).double())
    assert system.amplitudes(x).abs()[:, [0, -1]].max() < 2e-2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": 33}, "system.points must be even; got 33"),
        ({"points": 16}, "steps of at most .* got 10.5 in steps of 0.6562"),
        ({"length": 8.0}, "system.length and system.points must hold wave packets"),
        ({"energy": (0.4, 2.0)}, r"system.energy must start above 0.5 omega"),
        ({"points": 7}, "system.points must be a whole number from 8 to 256; got 7 points"),
    ],
)
def test_grids_and_energies_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Schroedinger1D(**changes)


def test_lists_of_energies_become_tuples():
    assert hash(Schroedinger1D(energy=[0.8, 2.0])) == hash(Schroedinger1D())


def test_splitting_the_operator_agrees_with_the_exact_flow_to_its_order():
    """Strang's splitting: half a kick of the potential, the free flow of the waves, half a kick."""
    start = FINE.packet(torch.tensor([2.0]).double(), torch.tensor([0.0]).double())
    psi = FINE.amplitudes(start)
    exact = FINE.amplitudes(FINE.exact_flow(start, torch.tensor([math.pi]).double())[0])
    wave = 2 * math.pi * torch.fft.fftfreq(FINE.points, FINE.spacing, dtype=torch.float64)
    errors = []
    for steps in (157, 314):
        step, now = math.pi / steps, psi
        kick = torch.exp(-0.5j * step * torch.from_numpy(FINE.potential(FINE.grid())))
        drift = torch.exp(-0.5j * step * wave.square())
        for _ in range(steps):
            now = kick * torch.fft.ifft(drift * torch.fft.fft(kick * now))
        errors.append(float((now - exact).norm()))
        assert float(now.abs().square().sum()) == pytest.approx(1, abs=1e-12)
    assert errors[1] < 1e-4
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)
