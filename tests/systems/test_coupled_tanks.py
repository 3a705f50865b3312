import math

import pytest
import torch

from src.data.simulation import simulate
from src.mechanics.symplectic import jacobian
from src.systems.coupled_tanks import CoupledTanks

SYSTEM = CoupledTanks(area_1=0.03, area_2=0.007, pipe_area=3e-4, pipe_length=1.7)
FREE = CoupledTanks(friction=0.0, outlet=0.0)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_energy_is_that_of_water_lifted_layer_by_layer_and_of_the_water_in_the_pipe():
    levels, flow = torch.tensor([0.31, 0.22], dtype=torch.float64), 2e-4
    areas = torch.tensor([0.03, 0.007], dtype=torch.float64)
    speed, filling = flow / 3e-4, 1000 * 3e-4 * 1.7
    lifted = (1000 * 9.81 * areas * levels * levels / 2).sum()
    x = torch.cat((areas * levels, torch.tensor([SYSTEM.inertia * flow]).double()))
    assert float(SYSTEM.hamiltonian(x)) == pytest.approx(float(lifted + filling * speed**2 / 2))


def test_water_swings_as_fast_as_the_pipe_lets_it():
    x = torch.zeros(3, dtype=torch.float64)
    rates = torch.linalg.eigvals(jacobian(SYSTEM.vector_field, x)).imag.sort().values
    w = math.sqrt(9.81 * 3e-4 / 1.7 * (1 / 0.03 + 1 / 0.007))
    assert SYSTEM.frequency == pytest.approx(w, rel=1e-14)
    assert rates.tolist() == pytest.approx([-w, 0, w], abs=1e-12)


@pytest.mark.slow
def test_a_long_pipe_of_great_friction_empties_one_tank_into_the_other():
    """Then levels differ by ``exp(-t / tau)``, ``1 / tau = rho g (1/A1 + 1/A2) / r``."""
    system = CoupledTanks(friction=5e7, outlet=0.0)
    x0 = torch.tensor([[6e-3, 1e-3, 0.0]], dtype=torch.float64)
    t = torch.linspace(0, 60, 61, dtype=torch.float64)
    efforts = system.efforts(simulate(system, x0, t, "reference"))[0]
    apart = efforts[:, 0] - efforts[:, 1]
    tau = 5e7 / (1000 * 9.81 * (1 / 0.02 + 1 / 0.01))
    slope = (apart[60] / apart[10]).log() / 50
    assert float(slope) == pytest.approx(-1 / tau, rel=1e-2)


def test_water_is_gained_by_the_pump_and_lost_by_the_outlet_alone():
    x, u = SYSTEM.sample_initial(9, generator()), torch.full((9, 1), 2e-4, dtype=torch.float64)
    change = SYSTEM.rate(x, u)[:, :2].sum(-1)
    leak = SYSTEM.outlet * 1000 * 9.81 * x[:, 1] / 0.007
    torch.testing.assert_close(change, 2e-4 - leak)
    torch.testing.assert_close(FREE.rate(x)[:, :2].sum(-1), torch.zeros(9).double())


def test_the_energy_changes_by_friction_outlet_and_pump():
    x, u = SYSTEM.sample_initial(9, generator()), torch.full((9, 1), 2e-4, dtype=torch.float64)
    first, second, flow = SYSTEM.efforts(x).unbind(-1)
    expected = first * u[:, 0] - SYSTEM.outlet * second**2 - SYSTEM.friction * flow**2
    torch.testing.assert_close(SYSTEM.power(x, u), expected)


def test_starts_have_the_levels_that_are_named():
    x = SYSTEM.sample_initial(2000, generator())
    levels = x[:, :2] / torch.tensor([0.03, 0.007], dtype=torch.float64)
    assert 0.15 <= float(levels.min()) < 0.151
    assert 0.399 < float(levels.max()) <= 0.4
    assert float((x[:, 2] / SYSTEM.inertia).abs().max()) <= SYSTEM.pump
