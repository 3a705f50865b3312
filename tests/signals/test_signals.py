"""What signals promise: their size, their pace, and what feedback does to an energy."""

import math
import re

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from running import ROOT

from src.data.simulation import simulate_driven
from src.integrators.ode_solver import ODESolver
from src.mechanics.held import Held
from src.mechanics.state import split_state
from src.signals.base import with_inputs
from src.signals.feedback import EnergyShaping, Regulation
from src.signals.linear_quadratic import LinearQuadratic, usual_sizes
from src.signals.open_loop import Chirp, Constant, Levels, SumOfSines, Zero
from src.signals.tracking import Tracking
from src.systems.arm_2r import Arm2R
from src.systems.cart_pole import CartPole
from src.systems.inertia_wheel_pendulum import InertiaWheelPendulum
from src.systems.kepler import Kepler
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum
from src.systems.pendulum_swingup import PendulumSwingup
from src.systems.quarter_car_road import QuarterCarRoad


class Stuck(PendulumSwingup):
    """A motor that does not turn what it should hold."""

    def actuation(self, q, u):
        return 0 * u


RK4 = ODESolver(method="rk4")
SPRING = MassSpring(mass=1.3, stiffness=2.0)
MADE_FOR = {"iso_8608": QuarterCarRoad()}
"""Systems of signals that do not drive every other one."""
CONFIGS = {file.stem: file for file in sorted((ROOT / "conf" / "signal").glob("*.yaml"))}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn(signal, count, times, system=SPRING):
    law, x = signal.draw(system, count, generator()), torch.zeros(count, system.spec.size).double()
    return torch.stack([law(float(t), x) for t in times])


@pytest.mark.parametrize("name", CONFIGS)
def test_every_signal_gives_one_value_per_motion_and_input_and_repeats_itself(name, tmp_path):
    config, system = OmegaConf.load(CONFIGS[name]), MADE_FOR.get(name, SPRING)
    if OmegaConf.is_missing(config, "path"):
        config.path = str(tmp_path / "inputs.csv")
        (tmp_path / "inputs.csv").write_text("t,force\n0,1\n1,2\n")
    signal = instantiate(config)
    x = system.sample_initial(5, generator())
    first, again = (signal.draw(system, 5, generator(3))(0.7, x) for _ in range(2))
    assert first.shape == (5, len(system.spec.inputs))
    assert first.dtype == torch.float64
    assert torch.equal(first, again)
    assert bool(first.any()) == signal.driven
    assert hash(signal) == hash(instantiate(config))


def test_a_sum_of_sines_has_the_rms_that_it_names():
    times = torch.linspace(0, 400 * SPRING.time_scale, 4001)
    u = drawn(SumOfSines(amplitude=0.5, waves=3), 50, times) / SPRING.input_scale[0]
    assert float(u.square().mean().sqrt()) == pytest.approx(0.5, rel=0.02)


def test_one_wave_of_one_period_is_a_sine():
    times = torch.arange(50) * SPRING.time_scale / 7
    u = drawn(SumOfSines(waves=1, periods=(2.0, 2.0)), 3, times)
    torch.testing.assert_close(u[14:], u[:-14], rtol=0, atol=1e-5)
    assert not torch.allclose(u[7:], u[:-7], atol=0.1)


def test_a_constant_stays_and_is_at_most_its_amplitude():
    u = drawn(Constant(amplitude=0.3), 200, (0.0, 5.0))
    assert torch.equal(u[0], u[1])
    largest = u.abs().max() / SPRING.input_scale[0]
    assert 0.28 < largest <= 0.3
    assert u.min() < 0 < u.max()


def test_levels_are_dealt_out_in_turn_in_the_unit_of_the_input_and_stay():
    u = drawn(Levels(values=(-2, 0.5)), 5, (0.0, 3.0))
    assert torch.equal(u[0], u[1])
    assert u[0, :, 0].tolist() == [-2.0, 0.5, -2.0, 0.5, -2.0]
    with pytest.raises(ValueError, match=r"signal.values must hold one number at least"):
        Levels(values=())


def test_tracking_forgets_where_it_started_at_its_pace_whatever_the_masses():
    arm, signal = Arm2R(), Tracking(target=(0.8, 0.5), pace=8.0)
    t = torch.arange(150, dtype=torch.float64) * 0.004
    starts = torch.tensor([[[0.8, 0.5, 0, 0]], [[1.1, 0.1, 0, 0]]], dtype=torch.float64)
    laws = [signal.draw(arm, 1, generator()) for _ in starts]
    paths = [simulate_driven(arm, x, t, RK4, law)[0] for x, law in zip(starts, laws, strict=True)]
    apart = (paths[1] - paths[0])[0, :, :2]
    expected = ((1 + 8 * t) * (-8 * t).exp()).unsqueeze(-1) * apart[0]
    torch.testing.assert_close(apart, expected, rtol=0, atol=0.02 * float(apart[0].abs().max()))
    with pytest.raises(ValueError, match=r"signal.target must hold 2 numbers"):
        Tracking(target=(0.8,)).draw(arm, 1, generator())


def test_a_chirp_runs_through_its_periods_and_back_without_a_jump():
    chirp, scale = Chirp(periods=(0.5, 4.0), duration=10.0), SPRING.time_scale
    times = torch.linspace(0, 40 * scale, 80001, dtype=torch.float64)
    u = drawn(chirp, 1, times)[:, 0, 0] / (math.sqrt(2) * 0.5 * SPRING.input_scale[0])
    crossings = times[1:][(u[1:] > 0) & (u[:-1] <= 0)]
    periods = torch.diff(crossings) / scale
    middles = (crossings[1:] + crossings[:-1]) / 2 / scale
    rises = 10 - (middles % 20 - 10).abs()
    expected = 1 / (1 / 4.0 + (1 / 0.5 - 1 / 4.0) * rises / 10)
    # The frequency changes within a period, by the most at the turning points.
    inside = (rises > 2) & (rises < 9)
    torch.testing.assert_close(periods[inside], expected[inside], rtol=0.05, atol=0)
    assert torch.diff(u).abs().max() < 2 * math.pi * 2.1 / 2000
    assert u.abs().max() <= 1


@pytest.mark.slow
def test_energy_shaping_swings_a_pendulum_up():
    # From 0.1 rad above hanging the energy below that of standing upright goes from 19.57 J to
    # 4e-7 J in 20 s (continuous control; held inputs change the last digits).
    pendulum = Pendulum()
    upright = 2 * pendulum.weight
    law = EnergyShaping(gain=0.5, energy=upright, limit=2 / pendulum.weight)
    x0, t = torch.tensor([[0.1, 0.0]]).double(), torch.linspace(0, 20, 801).double()
    x, u = simulate_driven(pendulum, x0, t, "reference", law.draw(pendulum, 1, generator()))
    missing = upright - pendulum.hamiltonian(x)[0]
    assert missing[0] == pytest.approx(19.57, abs=5e-3)
    assert missing[-1].abs() < 2e-6
    assert u.abs().max() == pytest.approx(2.0)


def test_regulation_lets_the_shaped_energy_fall_by_its_dampers():
    pendulum = Pendulum()
    signal = Regulation(stiffness=0.7, damping=0.4, target=1.0)
    law = signal.draw(pendulum, 6, generator())
    x = pendulum.sample_higher_energy(6, generator())

    def shaped(y):
        q, v = split_state(pendulum.to_velocity(y))
        spring = signal.stiffness * pendulum.input_scale[0] * (q - signal.target).square()
        return ((pendulum.masses[0] * v.square() + spring) / 2).sum(-1)

    rate = torch.func.jvp(shaped, (x,), (pendulum.rate(x, law(0.0, x)),))[1]
    _, v = split_state(pendulum.to_velocity(x))
    damper = signal.damping * pendulum.input_scale[0] * pendulum.time_scale / (2 * math.pi)
    torch.testing.assert_close(rate, -damper * v.square().sum(-1), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "system",
    [CartPole(), PendulumSwingup(), InertiaWheelPendulum()],
    ids=lambda it: type(it).__name__,
)
def test_linear_feedback_catches_what_would_fall_over(system):
    law = LinearQuadratic().draw(system, 8, generator())
    x0 = torch.zeros(8, system.spec.size).double()
    x0[:, system.spec.positions.index("theta")] = torch.linspace(-0.2, 0.2, 8).double()
    x0[:, -1] = 0.01 * torch.randn(8, generator=generator()).double()
    t = torch.arange(181, dtype=torch.float64) * system.time_scale / 30
    x, _ = simulate_driven(system, x0, t, "reference", law)
    angle = x[..., system.spec.positions.index("theta")]
    assert angle[:, 0].abs().max() == pytest.approx(0.2)
    assert angle[:, -1].abs().max() < 0.01


def test_no_other_linear_feedback_costs_less():
    signal = LinearQuadratic(cost=2.0, samples=6.0)
    gain = signal.gain(SPRING)[0]
    sizes = usual_sizes(SPRING)
    step = SPRING.time_scale / 6

    def cost(matrix, samples):
        """What the deviations cost that the feedback corrects, summed over the samples."""
        total, x = 0.0, sizes.clone().double()
        for _ in range(samples):
            u = -(matrix * x).sum()
            total = total + (x / sizes).square().sum() + 2 * (u / SPRING.input_scale[0]) ** 2
            rest = u / SPRING.stiffness
            shifted = x - torch.tensor([1.0, 0.0]).double() * rest
            x = SPRING.exact_flow(shifted, torch.tensor([step]).double())[0]
            x = x + torch.tensor([1.0, 0.0]).double() * rest
        return total

    slope = torch.func.grad(lambda k: cost(k, 60))(gain)
    scale = cost(gain, 60) / gain.abs()
    assert (slope.abs() < 1e-6 * scale).all()


def test_angles_are_caught_up_to_full_turns():
    system = PendulumSwingup()
    law = LinearQuadratic().draw(system, 1, generator())
    near, turned = (torch.tensor([[0.1 + turn, 0.3]]).double() for turn in (0.0, 2 * math.pi))
    torch.testing.assert_close(law(0.0, near), law(0.0, turned), rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_a_driven_damped_oscillator_settles_to_the_amplitude_of_resonance_theory():
    # (F / m) / sqrt((w0^2 - w^2)^2 + (c w / m)^2) for a force F cos(w t); holding the force over
    # steps of T / 60 shortens its first harmonic by the factor sin(pi / 60) / (pi / 60).
    system, drive = MassSpring(mass=1.3, stiffness=2.0, damping=0.6), 0.4
    w, w0 = 1.5, system.frequency
    t = torch.linspace(0, 12 * 2 * math.pi / w, 721).double()

    def law(time, x):
        return torch.full((len(x), 1), drive * math.cos(w * time), dtype=torch.float64)

    x, _ = simulate_driven(system, torch.zeros(1, 2).double(), t, "reference", law)
    c = system.damping / system.mass
    held = 60 / math.pi * math.sin(math.pi / 60)
    expected = held * drive / system.mass / math.hypot(w0**2 - w**2, c * w)
    assert x[0, -61:, 0].abs().max() == pytest.approx(expected, rel=2e-3)


def test_damped_motion_decays_as_the_damping_says():
    system = MassSpring(mass=1.3, stiffness=2.0, damping=0.2)
    x0, t = torch.tensor([[1.0, 0.0]]).double(), torch.linspace(0, 20, 401).double()
    law = Zero().draw(system, 1, generator())
    x, u = simulate_driven(system, x0, t, "reference", law)
    rate = system.damping / (2 * system.mass)
    frequency = math.sqrt(system.frequency**2 - rate**2)
    expected = (-rate * t).exp() * (
        (frequency * t).cos() + rate / frequency * (frequency * t).sin()
    )
    torch.testing.assert_close(x[0, :, 0], expected, rtol=0, atol=1e-12)
    assert not u.any()


MISTAKES = [
    (lambda: SumOfSines(waves=0), "signal.waves must be 1 at least; got 0"),
    (lambda: SumOfSines(periods=(2, 1)), "signal.periods must hold two positive values, the short"),
    (lambda: Chirp(duration=-1), "signal.duration must be a finite number above 0; got -1"),
    (lambda: Constant(amplitude=math.nan), "signal.amplitude must be a finite number above 0"),
    (lambda: LinearQuadratic(cost=0), "signal.cost must be a finite number above 0; got 0"),
    (
        lambda: LinearQuadratic().gain(Stuck()),
        "needs inputs that can hold the balance; those of St",
    ),
    (lambda: EnergyShaping(limit=0), "signal.limit must be a finite number above 0; got 0"),
    (lambda: with_inputs(Kepler()), "a signal needs a system with inputs; Kepler has none"),
    (lambda: Held(SPRING, 1).canonical(), "integrator for any field: integrator=dopri8"),
    (lambda: Held(SPRING, 1).split(), "needs a separable energy; a motion that is driven"),
    (lambda: MassSpring(damping=0.1).split(), "MassSpring has friction.*integrator=rk4"),
]


@pytest.mark.parametrize(("make", "words"), MISTAKES)
def test_what_cannot_be_is_refused_with_a_reason(make, words):
    with pytest.raises(ValueError, match=re.escape(words).replace(r"\.\*", ".*")):
        make()
