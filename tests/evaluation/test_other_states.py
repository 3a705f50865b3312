"""Models judged on states that are no pairs, and on the wrong pairs."""

import json
import math

import pytest
import torch

from src.data.coordinates import express
from src.data.simulated import SimulatedData
from src.data.source import Horizons
from src.evaluation.coordinates import Translation
from src.evaluation.evaluation import evaluate
from src.evaluation.settings import EvaluationSettings
from src.integrators.dop853 import DOP853
from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.symplectic import jacobian, symplectic_form
from src.models.hnn import HNN
from src.systems.double_pendulum import DoublePendulum
from src.systems.mass_spring import MassSpring
from src.systems.penning_trap import PenningTrap
from src.systems.rigid_body import RigidBody

from .known_motions import Plain

FEW = EvaluationSettings(horizon_over_training=2, trajectories=3, geometry_starts=2)
EXACT = DOP853(rtol=1e-9, atol=1e-9)
PICTURES = ("symplecticity_defect", "divergence")


class Euler(Plain):
    """The true field of a rigid body."""

    def forward(self, t, x, u=None):
        return BODY.vector_field(x)


BODY = RigidBody()


def test_figures_without_a_meaning_for_states_without_pairs_are_null(tmp_path):
    data = SimulatedData(trajectories=5, horizon=2.0, noise=0.0)
    sets = data.load_test_sets(BODY, Horizons(trajectories=3, horizon=6.0), tmp_path)
    evaluation = evaluate(
        Euler(BODY.spec), BODY, EXACT, sets, test=data.load(BODY, tmp_path).test, settings=FEW
    )
    rollout = evaluation.record["rollout"]
    assert rollout["geometry"]["own_momentum"] == dict.fromkeys(PICTURES)
    assert all(rollout["geometry"][name] is None for name in PICTURES)
    assert rollout["geometry"]["reversibility"]["momentum_flip"] is None
    assert rollout["geometry"]["reversibility"]["forward_backward"]["p90"] < 1e-6
    assert rollout["energy_drift"]["rms_relative"]["p90"] < 1e-6
    assert rollout["invariants"]["angular_momentum_squared"]["rms_relative"]["p90"] < 1e-6
    assert rollout["trajectory"]["mse"]["p90"] < 1e-10
    assert evaluation.record["test"]["derivative_mse"] < 1e-20
    assert evaluation.rollouts["in_distribution"]["model"].shape[-1] == 3
    json.dumps(evaluation.record, allow_nan=False)


def hamiltonian_defect(system, x):
    """How far the field of (q, v) is from one of any H(q, v): ``Omega Df`` must be symmetric."""
    velocity = system.to_velocity(x)

    def field(y):
        canonical = system.to_canonical(y)
        return system.velocity_rate(canonical, system.vector_field(canonical))

    curl = symplectic_form(system.spec.dof) @ jacobian(field, velocity)
    return (curl - curl.mT).abs().amax((-2, -1)) / curl.abs().amax((-2, -1))


@pytest.mark.parametrize(
    ("system", "wrong"), [(DoublePendulum(), True), (PenningTrap(), True), (MassSpring(), False)]
)
def test_positions_and_velocities_are_no_pairs_unless_masses_are_constant(system, wrong):
    """No energy of (q, v) moves a double pendulum or a charge in a magnetic field."""
    x = system.sample_initial(4, torch.Generator().manual_seed(0))
    x = x + 0.3 * system.vector_field(x) * system.time_scale / (2 * math.pi)
    defect = hamiltonian_defect(system, x)
    assert (defect > 0.1).all() if wrong else (defect < 1e-12).all()


class Given(HNN):
    """A Hamiltonian model with the energy of a mass of 2.5 kg per unit mass, in (q, v)."""

    def __init__(self, spec):
        super().__init__(spec, width=4)
        self.take("velocity")

    def forward(self, t, x, u=None):
        return hamiltonian_field(self.energy, x)

    def energy(self, x, t=None):
        return (HEAVY.stiffness / HEAVY.mass * x[..., 0] ** 2 + x[..., 1] ** 2) / 2


HEAVY = MassSpring(mass=2.5, stiffness=1.7)


def test_a_model_of_the_wrong_pairs_is_judged_through_the_true_map(tmp_path):
    only = ("in_distribution",)
    data = SimulatedData(trajectories=5, noise=0.0, coordinates="velocity", test_sets=only)
    model = Given(HEAVY.spec)
    test = data.load(HEAVY, tmp_path).test
    fed = express(test, HEAVY, model.spec.coordinates)
    torch.testing.assert_close(fed.x[..., 1], test.x[..., 1] / 2.5)
    torch.testing.assert_close(Translation(HEAVY, model).to_model(test.x), fed.x)
    sets = data.load_test_sets(HEAVY, Horizons(trajectories=3, horizon_over_training=1), tmp_path)
    record = evaluate(model, HEAVY, EXACT, sets, test=test, settings=FEW).record
    assert record["test"]["derivative_mse"] < 1e-20
    assert record["rollout"]["trajectory"]["mse"]["p90"] < 1e-10
    geometry = record["rollout"]["geometry"]
    assert geometry["symplecticity_defect"]["p90"] < 1e-8
    assert geometry["own_momentum"]["symplecticity_defect"]["p90"] < 1e-8
