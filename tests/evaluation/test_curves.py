"""What follows from an energy, in the record, and how tables and pages live without rollouts."""

from src.data.simulated import SimulatedData
from src.evaluation.curves import curves_record
from src.evaluation.evaluation import evaluate
from src.evaluation.settings import BoundaryValue
from src.integrators.dop853 import DOP853
from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.legendre import HamiltonianOf
from src.models.baseline import Baseline
from src.models.hnn import HNN
from src.models.lnn import LNN
from src.reporting.schema import REQUIRED, missing_keys
from src.systems.finance.ramsey_growth import RamseyGrowth
from src.systems.finance.vasicek import Vasicek
from src.systems.mass_spring import MassSpring

VASICEK = Vasicek()


class TrueHNN(HNN):
    """The true energy, less a constant, in the place of a learned one."""

    def energy(self, x):
        return VASICEK.hamiltonian(x) - 0.1

    def forward(self, t, x, u=None):
        return hamiltonian_field(lambda y, t=None: self.energy(y), x)


def test_the_true_energy_has_the_exact_curves_and_a_constant_is_fixed():
    found = curves_record(TrueHNN(VASICEK.spec), VASICEK)
    assert list(found) == ["zero_yield", "forward_rate", "duration", "hedge_ratio"]
    for name, one in found.items():
        assert one["reason"] is None, name
        assert one["error"]["max"] < 1e-6
        assert one["error"]["missing"] == 0
        assert len(one["points"]) == len(one["model"]) == len(one["exact"])


def test_a_free_lagrangian_and_a_plain_field_say_why_they_have_none():
    for model, why in (
        (LNN(VASICEK.spec, width=8), "up to a scale and a gauge"),
        (Baseline(VASICEK.spec, width=8), "has no energy"),
    ):
        for one in curves_record(model.double(), VASICEK).values():
            assert one["model"] is None
            assert one["error"] is None
            assert why in one["reason"]


def test_an_energy_without_a_number_in_its_box_says_so():
    class Steep(TrueHNN):
        def energy(self, x):
            return 100 * x[..., 1]

    for one in curves_record(Steep(VASICEK.spec), VASICEK).values():
        assert one["model"] is None
        assert "inside its training box" in one["reason"]


def test_a_lagrangian_without_momenta_says_so():
    class Linear(LNN):
        """No momentum but one has a velocity, and that has them all."""

        def energy_up_to(self, freedom):
            return HamiltonianOf(lambda x, t=None: x.sum(-1))

    growth = RamseyGrowth()
    record = curves_record(Linear(growth.spec, width=8).double(), growth)
    assert all(one["model"] is None for one in record.values())
    assert any("Legendre transform" in one["reason"] for one in record.values())


def test_most_systems_have_no_curves():
    assert curves_record(HNN(MassSpring().spec, width=8).double(), MassSpring()) == {}


def test_without_rollouts_every_figure_of_them_is_null_with_the_reason(tmp_path):
    test = SimulatedData(trajectories=6).load(VASICEK, tmp_path).test
    found = evaluate(Baseline(VASICEK.spec), VASICEK, DOP853(), {}, test, BoundaryValue())
    assert found.rollouts == {}
    rollout = dict(found.record["rollout"])
    assert "part like exp(t)" in rollout.pop("reason")
    assert set(rollout.values()) == {None}
    assert set(REQUIRED["rollout"]) <= set(rollout)
    ours = [key for key in missing_keys(found.record) if key.startswith(("rollout", "test"))]
    assert ours == []
    assert found.record["scales"]["time"] == VASICEK.time_scale
    assert found.record["test"]["derivative_noise_floor"] == 0
    assert "has no energy" in found.record["curves"]["zero_yield"]["reason"]
