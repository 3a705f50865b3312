import math
from pathlib import Path

import pytest
import torch
from scipy.special import ellipk

from src.integrators.reference import reference_motion
from src.mechanics.symplectic import jacobian
from src.systems.duffing import Duffing
from src.systems.elliptic import arithmetic_geometric_mean

from .motions import motion

STIFFENING = Duffing(alpha=1.0, beta=1.0, energy=(0.1, 1.0))
WELLS = Duffing(mass=0.7, alpha=-1.3, beta=2.1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def energy_at(system, q):
    return float(system.potential(torch.tensor([q], dtype=torch.float64)))


def test_the_frequency_at_the_amplitude_of_the_reference():
    period = STIFFENING.period(energy_at(STIFFENING, 0.3))
    assert 2 * math.pi / period == pytest.approx(1.03311, abs=5e-6)


def test_the_frequency_rises_with_the_square_of_a_small_amplitude():
    """Lindstedt and Poincare: omega0 + 3 beta A^2 / 8 m omega0, with an error of order A^4."""
    system = Duffing(mass=0.7, alpha=1.9, beta=1.3)
    slow = math.sqrt(1.9 / 0.7)
    for amplitude in (0.1, 0.05):
        frequency = 2 * math.pi / system.period(energy_at(system, amplitude))
        first_order = slow + 3 * 1.3 * amplitude**2 / (8 * 0.7 * slow)
        assert frequency == pytest.approx(first_order, abs=0.2 * amplitude**4)


@pytest.mark.parametrize("system", [STIFFENING, WELLS, Duffing(alpha=0.0, beta=2.0)])
@pytest.mark.parametrize("energy", [0.02, 0.19, 0.21, 3.0])
def test_a_motion_returns_after_its_period_and_not_before(system, energy):
    root = math.sqrt(system.alpha**2 + 4 * system.beta * (energy - system.barrier))
    start = [math.sqrt((root - system.alpha) / system.beta), 0.0]
    assert energy_at(system, start[0]) == pytest.approx(energy)
    period = system.period(energy)
    path = motion(system, start, period, precision=1e-12).y
    assert path[:, -1] == pytest.approx(start, abs=1e-8)
    half = motion(system, start, period / 2, precision=1e-12).y[:, -1]
    inner = -math.sqrt(max(-(root + system.alpha), 0) / system.beta)
    far = -start[0] if energy > system.barrier else -inner
    assert half == pytest.approx([far, 0.0], abs=1e-8)


def test_a_quartic_well_has_the_period_of_the_lemniscate():
    """q'' = -q^3 from the amplitude 1: a quarter of a period is K(1/sqrt 2)."""
    system = Duffing(alpha=0.0, beta=1.0)
    assert system.period(0.25) == pytest.approx(4 * ellipk(0.5), rel=1e-14)


@pytest.mark.parametrize("modulus", [0.0, 0.3, 0.999])
def test_the_mean_is_the_elliptic_integral(modulus):
    mean = arithmetic_geometric_mean(1.0, math.sqrt(1 - modulus**2))
    assert math.pi / (2 * mean) == pytest.approx(ellipk(modulus**2), rel=1e-14)


def test_two_wells_on_both_sides_of_a_barrier():
    q = torch.tensor([[-WELLS.well], [0.0], [WELLS.well]], dtype=torch.float64)
    assert WELLS.barrier == pytest.approx(1.3**2 / (4 * 2.1), rel=1e-14)
    expected = torch.tensor([0.0, WELLS.barrier, 0.0], dtype=torch.float64)
    torch.testing.assert_close(WELLS.potential(q), expected)
    torch.testing.assert_close(WELLS.force(q), torch.zeros(3, 1).double(), atol=1e-15, rtol=0)
    curvature = jacobian(WELLS.force, q).flatten()
    assert curvature.tolist() == pytest.approx([-2.6, 1.3, -2.6])


def test_small_motions_in_a_well_have_its_frequency():
    assert WELLS.period(1e-12) == pytest.approx(2 * math.pi * math.sqrt(0.7 / 2.6), rel=1e-9)


def test_the_potential_is_the_polynomial_above_its_lowest_value():
    q = torch.linspace(-2, 2, 401, dtype=torch.float64).unsqueeze(-1)
    for system in (STIFFENING, WELLS):
        plain = (system.alpha * q**2 / 2 + system.beta * q**4 / 4).sum(-1)
        torch.testing.assert_close(system.potential(q), plain + system.barrier)


@pytest.mark.parametrize("system", [STIFFENING, WELLS, Duffing()])
def test_starts_have_energies_uniform_in_the_range_and_any_direction(system):
    x = system.sample_initial(4000, generator())
    energy, (low, high) = system.hamiltonian(x), system.energy
    assert low <= float(energy.min()) * (1 + 1e-12) < 1.1 * low
    assert 0.99 * high < float(energy.max()) <= high * (1 + 1e-12)
    assert float(energy.mean()) == pytest.approx((low + high) / 2, rel=0.03)
    quadrants = (x > 0).double() @ torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert torch.bincount(quadrants.long(), minlength=4).min() > 900


def test_starts_below_the_barrier_lie_in_both_wells_and_stay_there():
    system = Duffing(energy=(0.1, 0.2))
    x = system.sample_initial(1000, generator())
    assert float(system.hamiltonian(x).max()) < system.barrier
    assert float(x[:, 0].abs().min()) > 0.3
    t = torch.linspace(0, 50, 101, dtype=torch.float64)
    path = reference_motion(system.field().f, x[:20], t)
    assert (path[..., 0] * x[:20, 0] > 0).all()


def test_an_energy_that_ends_at_the_barrier_is_refused():
    with pytest.raises(ValueError, match=r"system\.energy must not end at the height.*got 0\.25 J"):
        Duffing(energy=(0.1, 0.25))


@pytest.mark.parametrize("energy", [0.25, 0.0, -0.1, math.nan])
def test_there_is_no_period_without_energy_or_at_the_barrier(energy):
    with pytest.raises(ValueError, match=rf"positive and not that of the barrier.*got {energy} J"):
        Duffing().period(energy)


def test_the_sketch_is_a_bead_on_its_potential():
    x = Duffing().sample_initial(5, generator())
    sketch = Duffing().sketch(x)
    assert sketch.fixed == (0, 1, 2)
    torch.testing.assert_close(sketch.points[:, 3, 1], Duffing().potential(x[:, :1]))
    assert Duffing(alpha=1.0).sketch(x).fixed == (0,)


def test_a_damped_mass_comes_to_rest_in_one_of_both_wells():
    system = Duffing(damping=0.3)
    t = torch.linspace(0, 80, 3, dtype=torch.float64)
    end = reference_motion(system.field().f, system.sample_initial(20, generator()), t)[-1]
    assert end[:, 0].abs().tolist() == pytest.approx([1.0] * 20, abs=1e-4)
    assert len(set(end[:, 0].sign().tolist())) == 2


def test_the_sine_of_the_yaml_is_that_of_the_reference():
    """delta = 0.3 and 0.5 cos 1.2 t, in typical inputs and time scales."""
    system = Duffing(damping=0.3)
    chosen = dict(word.split("=") for word in chaos_of_the_yaml() if "=" in word[1:])
    assert chosen["system.damping"] == "0.3"
    size = math.sqrt(2) * float(chosen["signal.amplitude"]) * system.input_scale[0]
    assert size == pytest.approx(0.5, rel=1e-3)
    period = float(chosen["signal.periods"].strip("[],").split(",")[0]) * system.time_scale
    assert 2 * math.pi / period == pytest.approx(1.2, rel=1e-3)


def chaos_of_the_yaml():
    lines = (Path(__file__).parents[2] / "conf/system/duffing.yaml").read_text().splitlines()
    return " ".join(line.strip("# ") for line in lines[1:3]).split()


@pytest.mark.slow
def test_the_driven_wells_of_the_reference_are_chaotic():
    """Neighbours part exponentially, and the wells are changed again and again."""
    system = Duffing(damping=0.3)
    x0 = torch.tensor([[1.0, 0.0], [1.0 + 1e-6, 0.0]], dtype=torch.float64)
    t = torch.linspace(0, 200, 4001, dtype=torch.float64)

    def rate(time, x):
        return system.rate(x, (0.5 * (1.2 * time).cos()).reshape(1, 1).expand(len(x), 1))

    path, x = [x0], x0
    for time, step in zip(t[:-1], t.diff(), strict=True):
        k1 = rate(time, x)
        k2 = rate(time + step / 2, x + step / 2 * k1)
        k3 = rate(time + step / 2, x + step / 2 * k2)
        k4 = rate(time + step, x + step * k3)
        x = x + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        path.append(x)
    q = torch.stack(path)[..., 0]
    assert float((q[:, 0] - q[:, 1]).abs().max()) > 0.5
    assert int((q[:, 0].sign().diff() != 0).sum()) > 10
