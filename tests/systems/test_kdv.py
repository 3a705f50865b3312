"""Solitons in closed form, and what the truncation to a grid keeps of the equation."""

import pytest
import torch

from src.data.simulation import simulate
from src.integrators.implicit_midpoint import ImplicitMidpoint
from src.integrators.reference import reference_motion
from src.systems.kdv import KdV

WAVES = KdV()
FINE = KdV(points=251, length=60.0, speed=(1.0, 2.0))


def soliton(system, speed):
    x = torch.tensor(system.grid.places, dtype=torch.float64)
    return system.soliton(x, torch.tensor([speed]).double())


@pytest.mark.parametrize("speed", [1.0, 1.5])
def test_a_soliton_travels_at_its_speed_and_has_its_integrals(speed):
    u = soliton(FINE, speed)
    travelling = -speed * FINE.grid.derivative(u)
    assert (FINE.vector_field(u) - travelling).abs().max() < 3e-10
    found = {**FINE.invariants(u), "energy": FINE.hamiltonian(u)}
    expected = {"mass": 2 * speed**0.5, "momentum": 2 / 3 * speed**1.5, "energy": -(speed**2.5) / 5}
    assert {name: float(value) for name, value in found.items()} == pytest.approx(
        expected, rel=1e-9
    )
    assert float(FINE.hamiltonian(-u)) == pytest.approx(speed**2.5 / 3, rel=1e-9)


def test_a_soliton_comes_round_the_ring_unchanged():
    u = soliton(WAVES, 1.0).unsqueeze(0)
    t = torch.tensor([0.0, 4 * WAVES.grid.spacing]).double()
    arrived = simulate(WAVES, u, t, "reference")[0, -1]
    torch.testing.assert_close(arrived, u[0].roll(4), rtol=0, atol=2e-5)


def test_the_equation_is_that_of_korteweg_and_de_vries():
    """Where the wave has few modes, products of two of them are still on the grid."""
    x = torch.tensor(WAVES.grid.places, dtype=torch.float64)
    k = 2 * torch.pi / WAVES.length
    u = 0.3 * (k * x).cos() + 0.2 * (3 * k * x).sin() + 0.1
    u_x = -0.3 * k * (k * x).sin() + 0.6 * k * (3 * k * x).cos()
    u_xxx = 0.3 * k**3 * (k * x).sin() - 0.2 * 27 * k**3 * (3 * k * x).cos()
    torch.testing.assert_close(WAVES.vector_field(u), -6 * u * u_x - u_xxx, rtol=0, atol=1e-13)


def test_momentum_is_kept_for_waves_that_the_grid_cannot_resolve():
    x = torch.randn(20, WAVES.points, generator=torch.Generator().manual_seed(0)).double()
    terms = 2 * x * WAVES.vector_field(x)
    assert (terms.sum(-1).abs() <= 1e-14 * terms.abs().sum(-1)).all()
    # As products at the places alone would not:
    aliased = 2 * x * WAVES.grid.derivative(x.square())
    assert (aliased.sum(-1).abs() > 1e-4 * aliased.abs().sum(-1)).all()


def test_the_midpoint_rule_keeps_mass_and_momentum_and_nearly_the_energy():
    x0 = WAVES.sample_initial(3, torch.Generator().manual_seed(0))
    path = ImplicitMidpoint(step=0.005).integrate(WAVES, x0, torch.linspace(0, 0.5, 11).double()).x
    for value in WAVES.invariants(path).values():
        assert (value - value[0]).abs().max() < 1e-13
    energy = WAVES.hamiltonian(path)
    assert 1e-12 < (energy - energy[0]).abs().max() / WAVES.energy_scale < 1e-5


def test_the_motion_that_turns_with_its_waves_is_the_motion():
    x0 = WAVES.sample_initial(2, torch.Generator().manual_seed(0))
    t = torch.linspace(0, 0.3, 4).double()
    plain = reference_motion(WAVES.field().f, x0, t, alike=True)
    moving = simulate(WAVES, x0, t + 5, "reference").movedim(1, 0)
    torch.testing.assert_close(moving, plain, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": 64}, r"system.points must be odd; got 64 points."),
        ({"points": 31}, r"system.points must be a whole number from 33 to 513; got 31 points."),
        ({"length": 20.0}, r"system.length must be at least 20 / sqrt\(0.5\) = 28.3"),
        ({"points": 45}, r"system.points must give waves of wave number 3 sqrt\(1.5\) = 3.67"),
    ],
)
def test_solitons_must_fit_on_the_ring_and_between_its_places(change, message):
    with pytest.raises(ValueError, match=message):
        KdV(**change)
