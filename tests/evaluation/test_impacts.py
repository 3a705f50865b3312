"""Rollouts of models bounce as their system does, and drifts leave out what bounces take."""

import pytest
import torch

from src.data.simulated import SimulatedData
from src.data.source import Horizons
from src.evaluation.conservation import conservation
from src.evaluation.drift import energy_drift_of
from src.evaluation.evaluation import evaluate
from src.integrators.base import IntegrationError
from src.integrators.dop853 import DOP853
from src.reporting.rollouts import balance
from src.systems.bouncing_ball import BouncingBall

from .known_motions import Plain

BALL = BouncingBall(mass=2.0, restitution=0.8)
HIGH = 0.9


class LearnedFall(Plain):
    """Free fall as a model would learn it, with an energy of its own unit, in (q, p) or (q, v)."""

    kind = "hnn"

    def __init__(self, coordinates, gravity=BALL.gravity):
        super().__init__(BALL.spec.expressed_in(coordinates))
        self.mass = BALL.mass if coordinates == "canonical" else 1.0
        self.gravity = gravity

    def energy(self, x):
        return 3 * (x[..., 1].square() / (2 * self.mass) + self.mass * self.gravity * x[..., 0])

    def forward(self, t, x, u=None):
        weight = torch.full_like(x[..., 1], -self.mass * self.gravity)
        return torch.stack((x[..., 1] / self.mass, weight), dim=-1)


@pytest.fixture(scope="module")
def motions(tmp_path_factory):
    data = SimulatedData(trajectories=6, test_sets=("in_distribution",))
    horizons = Horizons(trajectories=4, horizon_over_training=1.5)
    return data.load_test_sets(BALL, horizons, tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("coordinates", ["canonical", "velocity"])
def test_a_perfect_model_bounces_like_the_truth_and_drifts_nowhere(motions, coordinates):
    evaluation = evaluate(LearnedFall(coordinates), BALL, DOP853(), motions)
    rollout = evaluation.record["rollout"]
    assert rollout["trajectory"]["mse"]["mean"] < 1e-16
    assert rollout["energy_drift"]["max_relative"]["mean"] < 1e-9
    assert rollout["learned_energy_drift"]["max_relative"]["mean"] < 1e-9
    arrays = evaluation.rollouts["in_distribution"]
    for name in ("true_energy_of_model", "true_energy_of_truth", "learned_energy_of_model"):
        lost = arrays[name][:, 0] - arrays[name][:, -1]
        assert (lost > 0.3 * arrays[name][:, 0]).all()
        kept = balance(arrays, name)
        assert abs(kept - kept[:, :1]).max() < 1e-9 * arrays[name].max()


def test_a_model_with_another_gravity_drifts_by_what_is_wrong_with_its_flight(motions):
    """Its own energy is balanced; the true one changes by m (g - g') z along each flight."""
    evaluation = evaluate(LearnedFall("canonical", 0.9 * BALL.gravity), BALL, DOP853(), motions)
    rollout = evaluation.record["rollout"]
    assert rollout["learned_energy_drift"]["max_relative"]["mean"] < 1e-9
    arrays = evaluation.rollouts["in_distribution"]
    kept, height = balance(arrays, "true_energy_of_model"), arrays["model"][..., 0]
    expected = 0.1 * BALL.mass * BALL.gravity * (height - height[:, :1])
    assert abs(kept - kept[:, :1] - expected).max() < 1e-9
    largest = abs(expected).max(axis=1).mean() / BALL.energy_scale
    assert rollout["energy_drift"]["max_relative"]["mean"] == pytest.approx(largest)


def test_the_drift_that_is_watched_in_training_knows_impacts_too(motions):
    drift = energy_drift_of(LearnedFall("velocity"), BALL, DOP853(), motions["in_distribution"])
    assert drift < 1e-9


def test_the_conservation_of_motions_leaves_out_what_impacts_take(motions):
    assert conservation(BALL, motions["in_distribution"])["energy"]["p90"] < 1e-12


def test_a_model_that_cannot_go_on_is_nan_from_there_and_the_others_bounce(motions):
    class Fails(DOP853):
        def integrate(self, motion, x0, t):
            path = super().integrate(motion, x0, t)
            failed = (path.x[..., 0] > HIGH).any(0)
            if bool(failed.any()):
                path = type(path)(t[:1], path.x[:1], path.field_evaluations)
                raise IntegrationError(failed, path, "too high", "Stay low.")
            return path

    arrays = evaluate(LearnedFall("canonical"), BALL, Fails(), motions).rollouts["in_distribution"]
    highest = arrays["truth"][..., 0].max(axis=1)
    broken = ~torch.from_numpy(arrays["model"]).isfinite().all(-1).all(-1)
    assert broken.tolist() == (highest > HIGH).tolist()
    assert 0 < int(broken.sum()) < len(broken)
    kept = balance(arrays, "true_energy_of_model")[~broken.numpy()]
    assert abs(kept - kept[:, :1]).max() < 1e-9
