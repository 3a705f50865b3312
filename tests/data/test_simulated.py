"""Simulated data: the true motions, each once, with the noise that was asked for."""

import math
import re

import pytest
import torch

from src.data.bounds import check_choice, check_count, check_number
from src.data.coordinates import express
from src.data.estimator import Estimator
from src.data.simulated import SimulatedData
from src.data.simulation import simulate
from src.data.source import Horizons
from src.data.starts import Box
from src.systems.arm_2r import Arm2R
from src.systems.mass_spring import MassSpring
from src.systems.recorded import Recorded
from src.systems.two_body import TwoBody

from .samples import Bead, RungeKutta

SMALL = {"trajectories": 12}
SPRING = MassSpring(stiffness=4.0)


def test_defaults_follow_the_time_scale(tmp_path):
    splits = SimulatedData(**SMALL).load(SPRING, tmp_path)
    assert splits.train.t[0, 1] == pytest.approx(SPRING.time_scale / 30)
    assert splits.train.duration == pytest.approx(SPRING.training_horizon)
    assert [len(p) for p in (splits.train, splits.validation, splits.test)] == [8, 2, 2]
    assert splits.train.x.dtype == torch.float64
    assert splits.train.spec == SPRING.spec


def test_the_number_of_motions_grows_with_the_degrees_of_freedom(tmp_path):
    def count(system) -> int:
        splits = SimulatedData(step=0.1, horizon=0.2, integrator=RungeKutta(1)).load(
            system, tmp_path
        )
        return sum(len(part) for part in (splits.train, splits.validation, splits.test))

    assert count(TwoBody()) == 4 * count(SPRING)


def test_motions_are_exact_and_their_rates_too(tmp_path):
    train = SimulatedData(**SMALL, noise=0.0).load(SPRING, tmp_path).train
    exact = SPRING.exact_flow(train.x[:, 0], train.t[0]).movedim(0, 1)
    torch.testing.assert_close(train.x, exact, rtol=0, atol=1e-12)
    torch.testing.assert_close(train.dx, SPRING.vector_field(train.x), rtol=0, atol=1e-12)
    assert train.rate_of == "clean"


def test_noise_is_measured_by_the_training_motions(tmp_path):
    splits = SimulatedData(trajectories=200, noise=0.1).load(SPRING, tmp_path)
    scale = splits.train.clean.reshape(-1, 2).std(dim=0, correction=0)
    for part in (splits.train, splits.validation, splits.test):
        error = (part.x - part.clean).reshape(-1, 2)
        torch.testing.assert_close(error.std(dim=0), 0.1 * scale, rtol=0.1, atol=0)
        # Targets are the rates of the noise-free motion.
        torch.testing.assert_close(part.dx, SPRING.vector_field(part.clean))


def test_noise_levels_share_one_file_and_one_draw(tmp_path):
    levels = [SimulatedData(**SMALL, noise=n).load(SPRING, tmp_path).train for n in (0.0, 0.1, 0.2)]
    torch.testing.assert_close(levels[2].x - levels[0].x, 2 * (levels[1].x - levels[0].x))
    (file,) = (tmp_path / "data").iterdir()
    assert file.name.startswith("mass_spring-s0-")


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"step": 0.05},
        {"horizon": 5.0},
        {"trajectories": 13},
        {"integrator": RungeKutta(1)},
    ],
)
def test_what_makes_other_motions_makes_another_file(tmp_path, change):
    SimulatedData(**SMALL).load(SPRING, tmp_path)
    SimulatedData(**(SMALL | change)).load(SPRING, tmp_path)
    assert len(list((tmp_path / "data").iterdir())) == 2


def test_another_system_makes_another_file(tmp_path):
    for system in (SPRING, MassSpring(stiffness=4.0, mass=2.0), Bead()):
        SimulatedData(**SMALL, integrator=RungeKutta(1)).load(system, tmp_path)
    assert len(list((tmp_path / "data").iterdir())) == 3


def test_one_seed_one_result(tmp_path):
    first = SimulatedData(**SMALL).load(SPRING, tmp_path / "a")
    torch.manual_seed(123)
    second = SimulatedData(**SMALL).load(SPRING, tmp_path / "b")
    other = SimulatedData(**SMALL, seed=1).load(SPRING, tmp_path / "a")
    assert torch.equal(first.train.x, second.train.x)
    assert torch.equal(first.test.dx, second.test.dx)
    assert not torch.equal(first.train.x, other.train.x)


def test_parts_share_no_motion(tmp_path):
    splits = SimulatedData(**SMALL).load(SPRING, tmp_path)
    starts = torch.cat([p.clean[:, 0] for p in (splits.train, splits.validation, splits.test)])
    assert len(starts.unique(dim=0)) == 12


@pytest.mark.parametrize("method", ["central_differences", "savitzky_golay", "smoothing_spline"])
def test_estimated_targets_come_from_what_was_observed(tmp_path, method):
    noisy = SimulatedData(**SMALL, derivatives=method).load(SPRING, tmp_path).train
    exact = SimulatedData(**SMALL, derivatives=method, noise=0.0).load(SPRING, tmp_path).train
    true = SPRING.vector_field(exact.clean)
    assert noisy.rate_of == "observed"
    assert (exact.dx - true).square().mean().sqrt() < 0.04 * true.std()
    assert (noisy.dx - true).square().mean() > (exact.dx - true).square().mean()


def test_rates_of_measured_velocities_need_no_masses(tmp_path):
    system = Arm2R()
    given = {**SMALL, "derivatives": "central_differences", "noise": 0.1}
    part = SimulatedData(**given, estimated_in="velocity").load(system, tmp_path).train
    seen = express(part, system, "velocity")
    torch.testing.assert_close(seen.dx, Estimator("central_differences").fits(seen).dx)
    other = SimulatedData(**given).load(system, tmp_path).train
    torch.testing.assert_close(other.x, part.x)
    assert not torch.allclose(other.dx, part.dx, rtol=0.01)


def test_motions_share_starts_where_asked(tmp_path):
    starts = Box(low=(-1, -1), high=(1, 1), motions=3)
    train = SimulatedData(**SMALL, starts=starts).load(SPRING, tmp_path).train
    assert len(train) == 6
    assert len(train.clean[:, 0].unique(dim=0)) == 2


def test_smoothed_states_are_nearer_to_the_motion_and_test_motions_stay_as_observed(tmp_path):
    given = {**SMALL, "derivatives": "smoothing_spline", "noise": 0.1}
    observed = SimulatedData(**given).load(SPRING, tmp_path)
    smoothed = SimulatedData(**given, states="smoothed").load(SPRING, tmp_path)
    for part in ("train", "validation"):
        before, after = getattr(observed, part), getattr(smoothed, part)
        assert (after.x - after.clean).std() < 0.7 * (before.x - before.clean).std()
        inside = slice(6, -6)  # half a window less at both ends
        assert torch.equal(after.t, before.t[:, inside])
        assert torch.equal(after.dx, before.dx[:, inside])
    assert torch.equal(smoothed.test.x, observed.test.x)


def test_any_integrator_makes_data_where_no_flow_is_known(tmp_path):
    source = SimulatedData(**SMALL, integrator=RungeKutta(4), noise=0.0)
    train = source.load(Bead(), tmp_path).train
    energy = Bead().hamiltonian(train.x)
    assert (energy - energy[:, :1]).abs().max() < 1e-6
    torch.testing.assert_close(train.dx, Bead().vector_field(train.x))


def test_the_reference_keeps_the_energy_where_no_flow_is_known(tmp_path):
    train = SimulatedData(**SMALL, noise=0.0).load(Bead(), tmp_path).train
    energy = Bead().hamiltonian(train.x)
    assert (energy - energy[:, :1]).abs().max() < 1e-13


def test_test_sets_are_true_motions_of_their_own(tmp_path):
    source = SimulatedData(**SMALL, horizon=SPRING.time_scale)
    settings = Horizons(trajectories=7, horizon_over_training=3, longer_factor=4)
    sets = source.load_test_sets(SPRING, settings, tmp_path)
    assert list(sets) == ["in_distribution", "higher_energy", "longer_horizon"]
    assert [s.x.shape for s in sets.values()] == [(7, 91, 2), (7, 91, 2), (7, 361, 2)]
    step = SPRING.time_scale / 30
    for one in sets.values():
        assert one.x is one.clean
        torch.testing.assert_close(one.t[0], step * torch.arange(one.t.shape[1]).double())
        torch.testing.assert_close(one.dx, SPRING.vector_field(one.x))
    top = SPRING.energy_scale
    assert (SPRING.hamiltonian(sets["in_distribution"].x) <= top * (1 + 1e-9)).all()
    assert (SPRING.hamiltonian(sets["higher_energy"].x) >= top * (1 - 1e-9)).all()
    splits = source.load(SPRING, tmp_path)
    starts = [p.clean[:, 0] for p in (splits.train, splits.validation, splits.test)]
    starts += [one.x[:, 0] for one in sets.values()]
    assert len(torch.cat(starts).unique(dim=0)) == 12 + 3 * 7


def test_the_evaluation_horizon_in_seconds_and_the_choice_of_sets(tmp_path):
    source = SimulatedData(**SMALL, step=0.1, test_sets=["in_distribution"])
    sets = source.load_test_sets(SPRING, Horizons(horizon=20.0, trajectories=2), tmp_path)
    assert {name: one.x.shape for name, one in sets.items()} == {"in_distribution": (2, 201, 2)}


def test_summary(tmp_path):
    source = SimulatedData(**SMALL, seed=3, horizon=math.pi)
    summary = source.summary(SPRING, source.load(SPRING, tmp_path))
    assert summary == {
        "seed": 3,
        "trajectories": 12,
        "samples": 12 * 31,
        "step": pytest.approx(math.pi / 30),
        "horizon": pytest.approx(math.pi),
        "noise": 0.05,
    }


class Exploding(RungeKutta):
    def integrate(self, motion, x0, t):
        solution = super().integrate(motion, x0, t)
        solution.x[-1, 0] = math.nan
        return solution


def test_motions_that_do_not_stay_finite_are_refused():
    t, x0 = torch.linspace(0, 1, 4).double(), torch.ones(3, 2).double()
    with pytest.raises(ValueError, match=re.escape("1 of the 3 motions of Bead over 1 s did not")):
        simulate(Bead(), x0, t, Exploding())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": -1}, "data.seed must be an integer, 0 or more; got -1."),
        ({"trajectories": 2}, "data.trajectories must be an integer, 3 or more; got 2."),
        ({"step": 0.0}, "data.step must be a number above 0 s; got 0.0."),
        ({"horizon": math.inf}, "data.horizon must be a number at least 0 s; got inf."),
        ({"noise": -0.1}, "data.noise must be a number at least 0 (a fraction of each scale); got"),
        ({"noise": True}, "data.noise must be a number"),
        ({"batch_size": 0}, "data.batch_size must be an integer, 1 or more; got 0."),
        ({"validation": 1.5}, "data.validation must be a number above 0 and below 1; got 1.5."),
        ({"test": 0}, "data.test must be a number above 0 and below 1; got 0."),
        ({"validation": 0.5, "test": 0.5}, "must leave one motion for training"),
        (
            {"states": "smoothed", "derivatives": "central_differences"},
            "data.derivatives=savitzky_golay or data.derivatives=smoothing",
        ),
        ({"derivatives": "analytical"}, "got 'analytical' (did you mean analytic?)."),
        ({"derivative_window": 4}, "data.derivative_window must be odd"),
        ({"integrator": "dopri5"}, "data.integrator must be one of reference; got 'dopri5'."),
        ({"test_sets": ["higher"]}, "data.test_sets must be one of in_distribution"),
        ({"test_sets": "higher_energy"}, "data.test_sets must be a list of names"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        SimulatedData(**settings)


def test_a_horizon_shorter_than_a_step(tmp_path):
    message = "data.horizon must be at least one data.step = 2 s; got 1 s."
    with pytest.raises(ValueError, match=re.escape(message)):
        SimulatedData(step=2.0, horizon=1.0).load(SPRING, tmp_path)


def test_a_system_without_energy_is_refused(tmp_path):
    with pytest.raises(ValueError, match="needs a system whose energy is known; got Recorded"):
        SimulatedData().load(Recorded(("x",)), tmp_path)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: check_number("data.step", "often", "s", low=0), "above 0 s; got 'often'."),
        (lambda: check_number("data.step", None, "s", low=0), "above 0 s; got None."),
        (lambda: check_count("data.trajectories", 2.5, 3), "an integer, 3 or more; got 2.5."),
        (lambda: check_count("data.seed", True, 0), "an integer, 0 or more; got True."),
        (lambda: check_choice("data.noise", 3, ("a", "b")), "must be one of a, b; got 3."),
    ],
)
def test_settings_of_the_wrong_kind(check, message):
    """Directly: in the tests a constructor's own annotations are checked first."""
    with pytest.raises(ValueError, match=re.escape(message)):
        check()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"horizon": 0.0}, "evaluation.horizon must be a number above 0 s; got 0.0."),
        ({"horizon_over_training": -1}, "evaluation.horizon_over_training must be a number above"),
        ({"trajectories": 0}, "evaluation.trajectories must be an integer, 1 or more; got 0."),
        ({"longer_factor": 0}, "evaluation.longer_factor must be a number above 0; got 0."),
    ],
)
def test_evaluation_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Horizons(**settings)
