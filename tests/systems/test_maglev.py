import math

import pytest
import torch

from src.data.simulation import simulate_driven
from src.mechanics.symplectic import jacobian
from src.signals.linear_quadratic import LinearQuadratic
from src.systems.maglev import Maglev

SYSTEM = Maglev(mass=0.084, gap=0.012, strength=6e-5, resistance=1.9)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_flux_of_the_balance_carries_the_ball():
    assert SYSTEM.flux == pytest.approx(math.sqrt(2 * 6e-5 * 0.084 * 9.81), rel=1e-15)
    state, voltage = (torch.tensor(it, dtype=torch.float64) for it in SYSTEM.balance)
    change = SYSTEM.rate(state, voltage)
    assert change.tolist() == pytest.approx([0, 0, 0], abs=1e-14)
    assert float(voltage) == pytest.approx(1.9 * SYSTEM.current)


def test_the_energy_changes_by_the_loss_of_the_current_and_the_supply_of_the_voltage():
    x = SYSTEM.sample_initial(20, generator())
    u = torch.randn(20, 1, generator=generator(1), dtype=torch.float64)
    current = x[:, 2] * (SYSTEM.gap - x[:, 0]) / SYSTEM.strength
    expected = -SYSTEM.resistance * current**2 + u[:, 0] * current
    torch.testing.assert_close(SYSTEM.power(x, u), expected)
    torch.testing.assert_close(SYSTEM.output(x)[:, 0], current)


def test_the_pull_is_the_slope_of_the_inductance_times_half_the_square_of_the_current():
    x = SYSTEM.sample_initial(20, generator())
    q, flux = x[:, 0], x[:, 2]

    def inductance(height):
        return SYSTEM.strength / (SYSTEM.gap - height)

    current = flux / inductance(q)
    slope = torch.func.vmap(torch.func.grad(inductance))(q)
    pull = current**2 * slope / 2
    torch.testing.assert_close(SYSTEM.rate(x)[:, 1], pull - SYSTEM.mass * SYSTEM.gravity)


@pytest.mark.parametrize("resistance", [0.0, 1.9, 40.0])
def test_without_feedback_deviations_grow_at_the_rate_of_the_linear_equations(resistance):
    system = Maglev(resistance=resistance)
    state, voltage = (torch.tensor(it, dtype=torch.float64) for it in system.balance)
    rates = torch.linalg.eigvals(jacobian(lambda x: system.rate(x, voltage), state)).real
    assert float(rates.max()) == pytest.approx(system.growth, rel=1e-9, abs=1e-4)


def test_a_stiff_current_lets_the_ball_fall_at_the_rate_of_its_distance():
    assert Maglev(resistance=1e6).growth == pytest.approx(math.sqrt(2 * 9.81 / 0.01), rel=1e-4)


def test_the_shipped_signal_brings_the_ball_to_its_place():
    system = Maglev()
    x0 = system.sample_higher_energy(20, generator())
    t = torch.arange(181, dtype=torch.float64) * system.time_scale / 30
    law = LinearQuadratic().draw(system, 20, generator())
    x, u = simulate_driven(system, x0, t, "reference", law)
    assert x[:, :, 0].max() < system.gap
    away = (x[:, -1] - torch.tensor(system.balance[0]).double()).abs()
    assert (away[:, 0] < 1e-3 * system.gap).all()
    torch.testing.assert_close(
        u[:, -1], torch.full_like(u[:, -1], system.balance[1][0]), rtol=1e-2, atol=0
    )


@pytest.mark.slow
def test_a_ball_at_rest_costs_no_more_than_one_that_moves():
    """Errors are measured by all of a motion, not by what is left of it between two samples."""
    calls = []

    class Counted(Maglev):
        def driven_field(self, t, x, u):
            calls.append(law_calls[0])
            return super().driven_field(t, x, u)

    system, law_calls = Counted(), [0]
    law = LinearQuadratic().draw(system, 4, generator())

    def counted(time, x):
        law_calls[0] += 1
        return law(time, x)

    t = torch.arange(601, dtype=torch.float64) * system.time_scale / 30
    x, _ = simulate_driven(system, system.sample_initial(4, generator()), t, "reference", counted)
    assert (x[:, -1, 0].abs() < 1e-6 * x[:, 0, 0].abs()).all()
    early, late = (sum(low < call <= low + 30 for call in calls) for low in (0, 570))
    assert late <= early
