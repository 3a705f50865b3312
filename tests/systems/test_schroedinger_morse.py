import math

import numpy as np
import pytest
import torch

from src.systems.schroedinger_1d import Schroedinger1D
from src.systems.schroedinger_morse import SchroedingerMorse

FINE = SchroedingerMorse(points=128, length=26.0, depth=10.0, frequency=1.3)


def test_levels_are_those_of_morse():
    """The potential is steep on the left and the line ends at 13, which high levels feel."""
    expected = [1.3 * (n + 0.5) - 1.3**2 * (n + 0.5) ** 2 / 40 for n in range(8)]
    assert FINE.levels[:8] == pytest.approx(expected, rel=1e-14)
    assert FINE.operator.energies[:8] == pytest.approx(expected, abs=1e-9)


def test_the_default_grid_has_the_levels_that_its_states_are_made_of():
    system = SchroedingerMorse()
    assert system.operator.energies[:4] == pytest.approx(system.levels[:4], abs=2e-4)


@pytest.mark.parametrize("depth", [7.9, 8.0, 8.1, 8.6])
def test_all_levels_lie_below_the_depth_and_rise(depth):
    """The last one is the greatest n with n + 1/2 below 2 D / omega."""
    levels = SchroedingerMorse(depth=depth).levels
    assert len(levels) == math.ceil(2 * depth - 0.5)
    assert (np.diff(levels) > 0).all()
    assert levels[-1] <= depth


def test_small_vibrations_have_the_frequency_and_a_bond_that_breaks_the_depth():
    x, step = np.array([0.0]), 1e-3
    v = FINE.potential
    assert v(x) == pytest.approx([0])
    curvature = (v(x + step) - 2 * v(x) + v(x - step)) / step**2
    assert curvature == pytest.approx(1.3**2, rel=1e-5)
    assert v(np.array([60.0])) == pytest.approx([10.0], rel=1e-6)


def test_a_deep_well_is_a_harmonic_one():
    deep = SchroedingerMorse(points=64, length=16.0, depth=1e6)
    well = Schroedinger1D(points=64, length=16.0)
    assert deep.operator.energies[:5] == pytest.approx(well.operator.energies[:5], abs=1e-4)


def test_starts_have_their_energies_and_vanish_at_the_ends():
    system = SchroedingerMorse()
    x = system.sample_initial(300, torch.Generator().manual_seed(0))
    energy = system.hamiltonian(x)
    assert 0.8 - 1e-2 < float(energy.min()) < 0.82
    assert 1.97 < float(energy.max()) < 2.0 + 1e-2
    torch.testing.assert_close(system.invariants(x)["norm"], torch.ones(300).double())
    assert system.amplitudes(x).abs()[:, [0, -1]].max() < 2e-2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 2.4}, "system.depth must exceed 1.25 times the largest energy, 2.5, .* got 2.4"),
        ({"points": 16}, "steps of at most .* got 13.0 in steps of 0.8125"),
        ({"length": 9.0}, "system.length and system.points must hold wave packets of up to 2.0"),
        ({"energy": (0.4, 2.0)}, r"system.energy must start above 0.5\d* omega"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        SchroedingerMorse(**changes)
