import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from src.systems.schroedinger_barrier import SchroedingerBarrier

FINE = SchroedingerBarrier(
    points=256, length=140.0, width=3.5, height=1.0, thickness=1.2, distance=(20.0, 25.0)
)


def scattered(system, k):
    """The probability to pass, from the stationary equation followed back through the barrier."""
    far = 25 * system.thickness

    def slope(x, state):
        height = float(system.potential(np.array([x]))[0]) - system.offset
        return [state[1], (2 * height - k**2) * state[0]]

    behind = np.exp(1j * k * far)
    before = solve_ivp(slope, (far, -far), [behind, 1j * k * behind], rtol=1e-11, atol=1e-12)
    psi, rate = before.y[:, -1]
    return 1 / abs((psi + rate / (1j * k)) / 2) ** 2


@pytest.mark.parametrize("thickness", [0.2, 0.35, 0.36, 0.8, 1.2])
@pytest.mark.parametrize("k", [0.3, 1.0, 1.4])
def test_the_closed_form_is_that_of_the_stationary_equation(thickness, k):
    """Below 8 V_0 b^2 = 1, at b = 0.354, the hyperbolic cosine is a cosine."""
    system = SchroedingerBarrier(thickness=thickness)
    expected = scattered(system, k)
    assert 1e-5 < expected < 1
    assert float(system.transmission(np.array([k]))[0]) == pytest.approx(expected, rel=1e-8)


def passed(system, momentum, centre=-23.0):
    """The share of a packet that has passed, and the mean of T over the momenta it is made of."""
    start = system.packet(*torch.tensor([[centre], [momentum]], dtype=torch.float64))
    psi = system.amplitudes(start).numpy()
    weights = np.abs(np.fft.fft(psi)) ** 2 / len(psi)
    waves = 2 * math.pi * np.fft.fftfreq(len(psi), system.spacing)
    expected = float(weights @ system.transmission(waves))
    time = torch.tensor([2.8 * abs(centre) / momentum], dtype=torch.float64)
    end = system.amplitudes(system.exact_flow(start, time)[0]).abs().square()
    return float(end[torch.from_numpy(system.grid() > 0)].sum()), expected


@pytest.mark.parametrize("momentum", [1.3, 1.36, 1.42, 1.5])
def test_as_much_passes_as_the_closed_form_says(momentum):
    share, expected = passed(FINE, momentum)
    assert 0.03 < expected < 0.97
    assert share == pytest.approx(expected, abs=1e-4)


def test_the_offset_turns_phases_and_moves_nothing():
    other = SchroedingerBarrier(offset=2.5)
    system = SchroedingerBarrier()
    x = system.sample_initial(20, torch.Generator().manual_seed(0))
    torch.testing.assert_close(other.sample_initial(20, torch.Generator().manual_seed(0)), x)
    t = torch.tensor([4.0], dtype=torch.float64)
    torch.testing.assert_close(
        other.density(other.exact_flow(x, t)), system.density(system.exact_flow(x, t))
    )


def test_starts_stand_beside_the_barrier_and_move_towards_it():
    system = SchroedingerBarrier()
    x = system.sample_initial(400, torch.Generator().manual_seed(0))
    place = system.mean_position(x)
    assert 4.9 < float(place.abs().min()) < float(place.abs().max()) < 8.1
    assert 0.4 < float((place > 0).double().mean()) < 0.6
    soon = system.exact_flow(x, torch.tensor([0.1], dtype=x.dtype))[0]
    assert (system.mean_position(soon).abs() < place.abs()).all()
    energy = system.hamiltonian(x) - system.offset
    assert 0.6 - 1e-3 < float(energy.min()) < 0.62
    assert 1.38 < float(energy.max()) < 1.4 + 1e-3


def test_training_motions_last_until_packets_have_parted():
    system = SchroedingerBarrier()
    x = system.sample_initial(200, torch.Generator().manual_seed(0))
    end = system.exact_flow(x, torch.tensor([system.training_horizon], dtype=x.dtype))[0]
    near = torch.from_numpy(np.abs(system.grid()) < 2 * system.thickness)
    assert float(system.amplitudes(end).abs().square()[:, near].sum(-1).mean()) < 0.2
    assert system.training_motions == 150 * 15


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"distance": (4.0, 8.0)}, "system.distance must start above 4.5, .* got .4.0, 8.0. units"),
        ({"thickness": 2.0}, "system.distance must start above 6"),
        ({"points": 24}, "steps of at most .* got 29.0 in steps of 1.208"),
        ({"length": 25.0}, "system.length and system.points must hold wave packets of up to 1.4 V"),
        ({"energy": (0.05, 1.4)}, r"system.energy must start above 0.06\d* V_0"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        SchroedingerBarrier(**changes)
