import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from src.data.simulation import simulate
from src.data.trajectories import Trajectories
from src.evaluation.conservation import conservation
from src.evaluation.drift import energy_drift_of
from src.evaluation.evaluation import evaluate
from src.evaluation.settings import EvaluationSettings
from src.systems.mass_spring import MassSpring
from src.systems.n_link_cartesian import NLinkCartesian

from .known_motions import (
    RK4,
    SPRING,
    BlowsUp,
    Damped,
    FreeFall,
    LearnedHamiltonian,
    LearnedLagrangian,
    PlanarSpring,
    Recording,
    motions,
)

PERIOD = SPRING.time_scale
FEW = EvaluationSettings(geometry_starts=3)
NOTHING = {"rms_relative": None, "max_relative": None}


def judge(model, system=SPRING, test_set=None, **keywords):
    test_set = test_set or motions(system, 2 * system.time_scale)
    return evaluate(model, system, RK4, {"in_distribution": test_set}, settings=FEW, **keywords)


def test_the_truth_itself_passes():
    noisy = motions(SPRING, PERIOD, noise=0.05)
    record = judge(
        LearnedHamiltonian(SPRING, 3.0, 2.0), test=noisy, training_horizon=PERIOD / 5
    ).record
    rollout = record["rollout"]
    assert rollout["energy_drift"]["rms_relative"]["p90"] < 1e-4
    assert rollout["learned_energy_drift"]["max_relative"]["p90"] < 1e-4
    assert rollout["learned_energy_agreement"] == {
        "r2": pytest.approx(1.0),
        "scale": pytest.approx(3.0),
    }
    valid = rollout["trajectory"]["valid_prediction_time"]
    assert valid["capped"] == rollout["trajectories"] == 4
    assert valid["median"] == pytest.approx(rollout["horizon"])
    assert rollout["horizon_over_training"] == pytest.approx(10.0)
    assert rollout["trajectory"]["geometric_mean_relative_error"]["median"] < 1e-3
    assert rollout["geometry"]["symplecticity_defect"]["p90"] < 1e-4
    assert rollout["geometry"]["divergence"]["p90"] < 1e-12
    assert rollout["geometry"]["reversibility"]["forward_backward"]["p90"] < 1e-4
    assert rollout["geometry"]["reversibility"]["momentum_flip"]["p90"] < 1e-4
    assert rollout["recorded_energy_loss"] is None
    assert rollout["cost"]["field_evaluations"] > 0
    assert record["scales"] == {"energy": SPRING.energy_scale, "time": PERIOD, "time_unit": "s"}
    test = record["test"]
    assert test["derivative_mse"] == pytest.approx(test["derivative_noise_floor"])


def test_the_noise_floor_is_the_field_of_the_noise():
    # f is linear: the floor is k^2 s^2 / var(p') for one component and s^2 / m^2 / var(q') for
    # the other.
    noise = 0.05
    noisy = motions(SPRING, PERIOD, samples=1001, count=20, noise=noise)
    floor = judge(LearnedHamiltonian(SPRING), test=noisy).record["test"]["derivative_noise_floor"]
    variance = noisy.dx.flatten(end_dim=1).var(dim=0)
    gains = torch.tensor([1 / SPRING.mass, SPRING.stiffness], dtype=torch.float64)
    assert floor == pytest.approx(float(((noise * gains) ** 2 / variance).mean()), rel=0.05)


def test_at_noise_free_states_the_true_law_makes_no_error():
    noisy = motions(SPRING, PERIOD, samples=101, count=4, noise=0.05)
    test = judge(LearnedHamiltonian(SPRING), test=noisy).record["test"]
    assert test["derivative_error"] < 1e-20 < test["derivative_noise_floor"]


def test_a_damped_baseline_has_its_closed_forms_and_no_learned_energy():
    friction = 0.1
    rollout = judge(Damped(SPRING, friction)).record["rollout"]
    loss = friction / SPRING.mass * PERIOD
    geometry = rollout["geometry"]
    assert geometry["divergence"]["median"] == pytest.approx(loss)
    assert geometry["symplecticity_defect"]["mean"] == pytest.approx(1 - math.exp(-loss), rel=1e-6)
    assert geometry["own_momentum"] == {"symplecticity_defect": None, "divergence": None}
    assert geometry["reversibility"]["forward_backward"]["p90"] < 1e-4
    assert geometry["reversibility"]["momentum_flip"]["median"] > 0.1
    assert rollout["learned_energy_drift"] == NOTHING
    assert rollout["learned_energy_agreement"] == {"r2": None, "scale": None}
    drift = rollout["energy_drift"]
    assert 0 < drift["rms_relative"]["median"] < drift["max_relative"]["median"]
    assert drift["secular_relative"]["median"] > 0


def test_every_figure_of_the_energy_follows_the_loss():
    # To first order in the friction the energy falls as exp(-c t / m).
    friction = 0.02
    test_set = motions(SPRING, 3 * PERIOD, samples=91, count=2)
    drift = judge(Damped(SPRING, friction), test_set=test_set).record["rollout"]["energy_drift"]
    energies = SPRING.hamiltonian(test_set.clean[:, 0]) / SPRING.energy_scale
    lost = 1 - math.exp(-friction / SPRING.mass * 3 * PERIOD)
    assert drift["max_relative"]["mean"] == pytest.approx(float(energies.mean()) * lost, rel=0.02)


def test_a_lagrangian_is_judged_in_its_own_momenta_and_in_the_true_ones():
    model = LearnedLagrangian(SPRING.spec, mass=1.0, stiffness=1.0, bend=1.0)
    test_set = motions(SPRING, 2 * PERIOD, samples=41, count=1)
    rollout = judge(model, test_set=test_set).record["rollout"]
    geometry = rollout["geometry"]
    assert geometry["own_momentum"]["divergence"]["p90"] < 1e-12
    assert geometry["own_momentum"]["symplecticity_defect"]["p90"] < 1e-4
    assert geometry["divergence"]["median"] > 0.01
    assert geometry["symplecticity_defect"]["median"] > 1e-3
    assert rollout["learned_energy_drift"]["max_relative"]["p90"] < 1e-4


def test_the_true_lagrangian_is_as_good_as_the_true_hamiltonian():
    model = LearnedLagrangian(SPRING.spec, SPRING.mass, SPRING.stiffness, factor=5.0)
    noisy = motions(SPRING, PERIOD, noise=0.05)
    record = judge(model, test=noisy).record
    assert record["rollout"]["energy_drift"]["rms_relative"]["p90"] < 1e-4
    assert record["rollout"]["learned_energy_agreement"]["scale"] == pytest.approx(5.0)
    test = record["test"]
    assert test["derivative_mse"] == pytest.approx(test["derivative_noise_floor"])


def test_invariants_have_their_drift():
    system = PlanarSpring()
    rollout = judge(LearnedHamiltonian(system), system).record["rollout"]
    figures = rollout["invariants"]["angular_momentum"]
    assert set(figures) == {"rms_relative", "max_relative", "secular_relative"}
    assert figures["max_relative"]["p90"] < 1e-4
    assert judge(LearnedHamiltonian(SPRING)).record["rollout"]["invariants"] == {}


def test_a_particle_without_its_rod_breaks_the_constraint_as_it_falls():
    """From rest beside the pivot: ``|r|^2 - l^2 = (g t^2 / 2)^2``, and half its rate is r . v."""
    system = NLinkCartesian(number=1, gravity=2.0)
    t = torch.linspace(0, 1, 11, dtype=torch.float64)
    x0 = system.from_angles(torch.tensor([[math.pi / 2, 0.0], [-math.pi / 2, 0.0]]).double())
    path = simulate(system, x0, t, "reference")
    test_set = Trajectories(
        spec=system.spec,
        t=t.expand(2, -1),
        x=path,
        mask=torch.ones(2, 11, dtype=torch.bool),
        dx=system.vector_field(path),
        clean=path,
    )
    rollout = judge(FreeFall(system), system, test_set).record["rollout"]
    violation = rollout["constraint_violation"]
    assert violation["position"]["max_relative"]["median"] == pytest.approx(0.5, rel=1e-6)
    rms = float((t**4 / 2).square().mean().sqrt())
    assert violation["position"]["rms_relative"]["p90"] == pytest.approx(rms, rel=1e-6)
    rate = 2 * system.time_scale / (2 * math.pi)
    assert violation["velocity"]["max_relative"]["median"] == pytest.approx(rate, rel=1e-6)
    assert rollout["geometry"]["symplecticity_defect"] is None, "known on the manifold alone"
    assert rollout["geometry"]["divergence"] is None
    assert judge(LearnedHamiltonian(SPRING)).record["rollout"]["constraint_violation"] is None
    changes = conservation(system, test_set)
    assert set(changes) == {"energy", "constraints", "constraint rates"}
    assert all(change["p90"] < 1e-12 for change in changes.values())
    broken = conservation(system, replace(test_set, clean=1.1 * path))
    assert broken["constraints"]["median"] == pytest.approx(0.105, rel=1e-6)


def test_a_rollout_that_breaks_off_is_counted_and_told():
    test_set = motions(SPRING, 2 * PERIOD)
    x = test_set.clean.clone()
    x[1:] *= 1e-3  # too slow to blow up within the horizon
    test_set = replace(test_set, clean=x)
    evaluation = judge(BlowsUp(SPRING.spec), test_set=test_set)
    rollout = evaluation.record["rollout"]
    assert (rollout["non_finite"], rollout["trajectories"]) == (1, 4)
    drift = rollout["energy_drift"]["rms_relative"]
    assert drift["mean"] < 1e-3
    assert drift["median"] < 1e-3
    assert drift["p90"] is None
    assert rollout["trajectory"]["valid_prediction_time"]["mean"] < rollout["horizon"]
    arrays = evaluation.rollouts["in_distribution"]
    assert np.isnan(arrays["model"][0]).any()
    assert np.isfinite(arrays["model"][1:]).all()
    json.dumps(evaluation.record, allow_nan=False)


def test_where_nothing_survives_every_figure_is_null_or_the_time_it_held():
    test_set = motions(SPRING, 4 * PERIOD)
    test_set = replace(test_set, clean=test_set.clean * 10)
    record = judge(BlowsUp(SPRING.spec), test_set=test_set).record
    rollout = record["rollout"]
    assert rollout["non_finite"] == 4
    nothing = {"mean": None, "median": None, "p90": None}
    assert rollout["energy_drift"]["rms_relative"] == nothing
    assert rollout["geometry"]["symplecticity_defect"] == nothing
    assert rollout["geometry"]["reversibility"]["momentum_flip"] == nothing
    assert rollout["trajectory"]["valid_prediction_time"]["mean"] > 0
    json.dumps(record, allow_nan=False)


def recording(decay=0.04):
    """Two recordings of different lengths, of an oscillator that loses energy."""
    t = torch.linspace(0, 20, 101, dtype=torch.float64).repeat(2, 1)
    amplitude = torch.exp(-decay * t)
    x = torch.stack((amplitude * t.cos(), -amplitude * t.sin()), dim=-1)
    mask = torch.ones_like(t, dtype=torch.bool)
    mask[1, 76:] = False
    x[1, 76:] = x[1, 75]
    return Trajectories(spec=Recording().spec, t=t, x=x, mask=mask, dx=x * 0)


class Oscillator(LearnedHamiltonian):
    def __init__(self):
        super().__init__(MassSpring(), factor=2.0, constant=1.0)


def test_a_recording_shows_its_own_loss_beside_the_drift_of_the_model():
    decay = 0.04
    evaluation = evaluate(
        Oscillator(), Recording(), RK4, {"held_out": recording(decay)}, settings=FEW
    )
    record, rollout = evaluation.record, evaluation.record["rollout"]
    assert record["scales"]["energy"] is None
    assert record["scales"]["time"] == pytest.approx(2 * math.pi, rel=0.05)
    assert set(record["test"].values()) == {None}
    assert set(rollout["energy_drift"].values()) == {None}
    assert rollout["learned_energy_agreement"] == {"r2": None, "scale": None}
    assert rollout["learned_energy_drift"]["max_relative"]["p90"] < 1e-4
    loss = rollout["recorded_energy_loss"]
    assert loss["true"] == {"change_relative": None, **NOTHING}
    assert loss["learned"]["change_relative"]["mean"] < -0.5
    start = evaluation.rollouts["held_out"]["learned_energy_of_truth"][:, 0]
    end = evaluation.rollouts["held_out"]["learned_energy_of_truth"][:, -1]
    assert (end - 1) / (start - 1) == pytest.approx(
        np.exp(-2 * decay * np.array([20, 15])), rel=0.1
    )
    assert rollout["geometry"]["reversibility"]["momentum_flip"] is None
    assert rollout["horizon"] == pytest.approx(20.0)
    assert evaluation.rollouts["held_out"]["mask"].sum(axis=1).tolist() == [101, 76]
    assert "true_energy_of_model" not in evaluation.rollouts["held_out"]
    json.dumps(record, allow_nan=False)


def test_a_recording_without_masses_is_judged_in_velocities():
    kinematics = Recording(coordinates="velocity")
    model = LearnedLagrangian(kinematics.spec, mass=1.0, stiffness=1.0)
    test_set = replace(recording(), spec=kinematics.spec)
    geometry = evaluate(model, kinematics, RK4, {"held_out": test_set}, settings=FEW).record[
        "rollout"
    ]["geometry"]
    assert geometry["divergence"] is None
    assert geometry["symplecticity_defect"] is None
    assert geometry["own_momentum"]["divergence"]["p90"] < 1e-10


def test_the_record_has_the_keys_of_the_schema():
    record = judge(Damped(SPRING, 0.1)).record
    parts = "test scales rollout test_sets quantities curves ensemble"
    assert set(record) == set(parts.split())
    rollout = record["rollout"]
    assert set(rollout) == {
        *("horizon", "horizon_over_training", "trajectories", "non_finite", "energy_drift"),
        *("learned_energy_drift", "learned_energy_agreement", "invariants", "trajectory"),
        *("geometry", "cost", "recorded_energy_loss", "exchanged_energy", "constraint_violation"),
    }
    assert set(rollout["energy_drift"]) == {
        *("rms_relative", "max_relative", "secular_relative", "mse"),
    }
    assert set(rollout["trajectory"]) == {
        *("mse", "geometric_mean_relative_error", "valid_prediction_time"),
    }
    assert set(rollout["geometry"]) == {
        *("symplecticity_defect", "divergence", "reversibility", "own_momentum"),
    }
    assert set(rollout["geometry"]["reversibility"]) == {"forward_backward", "momentum_flip"}
    assert set(rollout["cost"]) == {"field_evaluations", "seconds"}


def test_every_test_set_is_there_and_the_first_is_the_rollout():
    sets = {
        "in_distribution": motions(SPRING, PERIOD),
        "longer_horizon": motions(SPRING, 3 * PERIOD, count=2),
    }
    evaluation = evaluate(LearnedHamiltonian(SPRING), SPRING, RK4, sets, settings=FEW)
    record = evaluation.record
    assert list(record["test_sets"]) == list(evaluation.rollouts) == list(sets)
    assert record["rollout"] == record["test_sets"]["in_distribution"]
    assert record["test_sets"]["longer_horizon"]["horizon"] == pytest.approx(3 * PERIOD)


def test_the_arrays_are_the_motions_in_the_order_of_the_set():
    test_set = motions(SPRING, PERIOD)
    irregular = test_set.t.clone()
    irregular[1] = irregular[1] ** 1.1
    clean = SPRING.exact_flow(test_set.clean[1, 0], irregular[1])
    x = test_set.clean.clone()
    x[1] = clean
    test_set = replace(test_set, t=irregular, clean=x)
    evaluation = judge(LearnedHamiltonian(SPRING), test_set=test_set)
    arrays = evaluation.rollouts["in_distribution"]
    np.testing.assert_array_equal(arrays["t"], irregular.numpy())
    np.testing.assert_array_equal(arrays["truth"], x.numpy())
    np.testing.assert_allclose(arrays["model"], x.numpy(), atol=1e-3)
    np.testing.assert_allclose(arrays["true_energy_of_model"], arrays["learned_energy_of_model"])
    assert evaluation.record["rollout"]["trajectories"] == 4


def test_the_model_is_left_as_it_was():
    model = LearnedHamiltonian(SPRING).train()
    judge(model)
    assert model.training
    assert model.gain.dtype == torch.float32
    assert model.gain.requires_grad


def test_the_quick_look_is_the_median_of_the_full_evaluation():
    model = Damped(SPRING, 0.1)
    test_set = motions(SPRING, 2 * PERIOD, count=3)
    expected = judge(model, test_set=test_set).record["rollout"]["energy_drift"]["rms_relative"]
    assert energy_drift_of(model, SPRING, RK4, test_set) == pytest.approx(expected["median"])


def test_the_quick_look_falls_back_on_the_learned_energy():
    assert energy_drift_of(Oscillator(), Recording(), RK4, recording()) < 1e-4
    baseline = BlowsUp(Recording().spec)
    assert energy_drift_of(baseline, Recording(), RK4, recording()) is None


def test_the_quick_look_is_infinite_where_rollouts_break_off():
    test_set = motions(SPRING, 4 * PERIOD)
    test_set = replace(test_set, clean=test_set.clean * 10)
    assert energy_drift_of(BlowsUp(SPRING.spec), SPRING, RK4, test_set) == math.inf


def test_there_must_be_a_test_set():
    with pytest.raises(ValueError, match="one set of motions at least"):
        evaluate(LearnedHamiltonian(SPRING), SPRING, RK4, {})


def test_a_test_set_must_hold_a_motion():
    test_set = motions(SPRING, PERIOD)
    mask = torch.zeros_like(test_set.mask)
    mask[:, 0] = True
    with pytest.raises(ValueError, match="motions of two samples at least"):
        judge(LearnedHamiltonian(SPRING), test_set=replace(test_set, mask=mask))


def test_the_flow_is_looked_at_somewhere():
    with pytest.raises(ValueError, match=r"evaluation\.geometry_starts must be 1 at least"):
        EvaluationSettings(geometry_starts=0)


def test_lengths_are_those_of_the_data():
    with pytest.raises(ValueError, match=r"evaluation\.horizon_over_training"):
        EvaluationSettings(horizon_over_training=-1.0)
