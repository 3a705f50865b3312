import math

import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.integrators.yoshida import Yoshida4
from src.systems.wave_1d import Wave1D

RING, STRING = Wave1D(), Wave1D(boundary="fixed", density=0.7, wave_speed=3.0, length=2.0)
both = pytest.mark.parametrize("system", [RING, STRING], ids=["periodic", "fixed"])


def starts(system, count=300):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def travelling(system, j, t):
    """The wave cos(k x - w t) of the j-th wavelength on a ring, and its momenta."""
    k = 2 * math.pi * j / system.length
    w = 2 * system.wave_speed / system.grid.spacing * math.sin(k * system.grid.spacing / 2)
    phase = k * torch.tensor(system.grid.places, dtype=torch.float64) - w * t
    p = system.density * system.grid.spacing * w * phase.sin()
    return torch.cat((phase.cos(), p), dim=-1)


def test_the_third_wave_lags_behind_that_of_the_continuum():
    """The frequencies of waves k: 2 c / dx sin(k dx / 2), against c k."""
    third = RING.chain.frequencies[5:7]
    assert third == pytest.approx([18.782, 18.782], abs=5e-4)
    assert 2 * math.pi * 3 == pytest.approx(18.850, abs=5e-4)
    dx = 1 / 64
    assert third == pytest.approx([2 / dx * math.sin(3 * math.pi * dx)] * 2, rel=1e-12)


def test_a_travelling_wave_keeps_its_shape():
    t = torch.tensor([0.0, 0.37, 5.0], dtype=torch.float64)
    ring = Wave1D(points=32, length=2.0, wave_speed=1.7, density=0.6)
    path = ring.exact_flow(travelling(ring, 4, 0.0), t)
    expected = torch.stack([travelling(ring, 4, float(now)) for now in t])
    torch.testing.assert_close(path, expected, rtol=0, atol=1e-11)


def test_frequencies_of_a_fine_grid_are_those_of_the_continuum():
    fine = Wave1D(points=1023, boundary="fixed", length=2.0, wave_speed=3.0)
    expected = [3.0 * j * math.pi / 2 for j in range(1, 6)]
    assert fine.chain.frequencies[:5] == pytest.approx(expected, rel=1e-4)


@both
def test_the_energy_is_the_integral_of_its_density(system):
    """A long wave whose integrals are known, on a grid fine enough to show them."""
    fine = Wave1D(
        points=1000,
        boundary=system.boundary,
        length=system.length,
        wave_speed=system.wave_speed,
        density=system.density,
    )
    x = torch.tensor(fine.grid.places, dtype=torch.float64)
    k = 2 * math.pi / fine.length
    u, speed = 0.1 * (k * x).sin(), 0.3 * (2 * k * x).sin()
    state = torch.cat((u, fine.density * fine.grid.spacing * speed))
    kinetic = fine.density * 0.3**2 * fine.length / 4
    tension = fine.density * fine.wave_speed**2 * (0.1 * k) ** 2 * fine.length / 4
    assert float(fine.hamiltonian(state)) == pytest.approx(kinetic + tension, rel=1e-5)
    torch.testing.assert_close(
        fine.to_velocity(state)[fine.points :], speed, rtol=1e-12, atol=1e-12
    )


@both
def test_the_field_is_the_wave_equation(system):
    """Of the slowest waves, whose second derivatives the grid's own differences nearly are."""
    x = starts(system, 20)
    q, force = x[:, : system.points], system.vector_field(x)[:, system.points :]
    bent = system.grid.derivative(q, 2)
    expected = system.density * system.grid.spacing * system.wave_speed**2 * bent
    error = (force - expected).abs().amax() / expected.abs().amax()
    assert 1e-4 < float(error) < 2e-2


@both
def test_starts_hold_their_energy_in_the_slowest_waves_alone(system):
    x = starts(system, 4000)
    energies = torch.stack([e for n, e in system.invariants(x).items() if n != "momentum"], -1)
    assert energies.shape == (4000, 5)
    torch.testing.assert_close(energies.sum(-1), system.hamiltonian(x))
    share = energies.mean(0) / energies.mean(0).sum()
    torch.testing.assert_close(share, torch.full((5,), 0.2).double(), rtol=0.06, atol=0)
    assert float(system.hamiltonian(x).amax()) == pytest.approx(system.energy_scale, rel=1e-2)


def test_the_momentum_of_a_ring_is_conserved_and_held_ends_take_it_up():
    assert "momentum" not in STRING.invariants(starts(STRING))
    x = starts(RING)
    assert RING.invariants(x)["momentum"].abs().max() < 1e-14
    push = torch.cat((torch.zeros(64), torch.full((64,), 0.5 / 64))).double()
    moved = RING.exact_flow(push, torch.tensor([2.0]).double())[0]
    torch.testing.assert_close(moved[:64], torch.ones(64).double())
    assert float(RING.invariants(moved)["momentum"]) == pytest.approx(0.5)


@both
def test_leapfrog_agrees_with_the_exact_flow_to_its_order(system):
    x0, t = starts(system, 5), torch.tensor([0.0, 0.2], dtype=torch.float64)
    errors = [
        (Leapfrog(step=step).integrate(system, x0, t).x[-1] - system.exact_flow(x0, t)[-1]).norm()
        for step in (2e-3, 1e-3)
    ]
    assert float(errors[0] / errors[1]) == pytest.approx(4, rel=0.01)


def test_as_many_motions_as_their_waves_need():
    assert RING.training_motions == 150 * 10
    assert STRING.training_motions == 150 * 5


@both
def test_the_string_is_drawn_over_its_length(system):
    sketch = system.sketch(starts(system, 3))
    ends = sketch.points[:, [0, -1], 0]
    assert float(ends[0, 0]) == 0
    if system.boundary == "fixed":
        assert (sketch.points[:, [0, -1], 1] == 0).all()
        assert float(ends[0, 1]) == system.length


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"boundary": "free"}, "system.boundary must be one of periodic, fixed; got free"),
        ({"points": 2}, "system.points must be a whole number from 3 to 1024; got 2 points"),
        ({"waves": 32}, "system.waves must be a whole number from 1 to 31; got 32 waves"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Wave1D(**changes)


def test_the_steps_of_the_contest_follow_waves_with_their_energy():
    # What experiments/all_systems says of them: off by 1.4e-6 over ten training horizons.
    t = torch.linspace(0, 20 * RING.time_scale, 601, dtype=torch.float64)
    path = Yoshida4(step=0.005).integrate(RING, starts(RING, 25), t)
    energy = RING.hamiltonian(path.x)
    drift = (energy - energy[0]).square().mean(0).sqrt() / RING.energy_scale
    assert float(drift.median()) == pytest.approx(1.4e-6, rel=0.05)
