"""Models that learn little or nothing: what the others must be better than."""

import pytest
import torch

from src.integrators.dop853 import DOP853
from src.mechanics.state import StateSpec, split_state
from src.models.nearest_neighbours import NearestNeighbours
from src.models.perturbed_truth import PerturbedTruth
from src.models.second_order import SecondOrder
from src.systems.mass_spring import MassSpring

TIME = torch.zeros(())
SPEC = StateSpec(("r", "theta"), (False, True), inputs=("force",))


def drawn(count, size, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, size, generator=generator, dtype=torch.float64)


def test_velocities_are_the_rates_of_positions():
    model = SecondOrder(SPEC, width=8).double()
    x = drawn(30, 4)
    model.fit_scaling(x, 3 * x.roll(1, 0), drawn(30, 1))
    dq, dv = split_state(model(TIME, x, drawn(30, 1, seed=1)))
    assert torch.equal(dq, split_state(x)[1])
    assert dv.abs().min() > 0


def test_accelerations_alone_have_no_momenta():
    with pytest.raises(ValueError, match=r"model=second_order in velocities .* integrator=dopri5"):
        SecondOrder(SPEC).canonical()
    with pytest.raises(ValueError, match=r"made of pairs"):
        SecondOrder(StateSpec(("a", "b", "c"), (False,) * 3, "poisson"))


def perturbed(system, **settings):
    model = PerturbedTruth(system.model_spec, **settings).double()
    x = system.sample_initial(40, torch.Generator().manual_seed(0))
    model.fit_scaling(x, system.rate(x))
    return model, x


@pytest.mark.parametrize("displacement", [1e-4, 0.3])
def test_the_truth_is_followed_from_displaced_starts(displacement):
    system = MassSpring(mass=2.0, stiffness=3.0)
    model, x = perturbed(system, displacement=displacement)
    d = displacement * model.direction * model.x_scale
    torch.testing.assert_close((d / model.x_scale).norm(), torch.tensor(displacement).double())
    t = torch.linspace(0, 5, 4, dtype=torch.float64)
    path = DOP853(rtol=1e-11, atol=1e-11).integrate(model, x[:3], t).x
    expected = system.exact_flow(x[:3] + d, t) - d
    torch.testing.assert_close(path, expected, atol=1e-8, rtol=0.0)


def test_the_truth_must_be_there_in_the_coordinates_asked_for():
    with pytest.raises(ValueError, match=r"needs the true motion, which only simulated systems"):
        PerturbedTruth(SPEC)
    model, _ = perturbed(MassSpring())
    model.take("canonical")
    with pytest.raises(ValueError, match=r"data.coordinates=velocity. Leave it null"):
        model.take("velocity")
    with pytest.raises(ValueError, match=r"model.displacement must be positive, .*; got 0"):
        PerturbedTruth(MassSpring().model_spec, displacement=0.0)


def neighbours(count=40, **settings):
    model = NearestNeighbours(SPEC, **settings).double()
    x, u = drawn(count, 4), drawn(count, 1, seed=1)
    dx = 3 * x.roll(1, 0) + u
    model.fit_scaling(x, dx, u)
    return model, x, dx, u


def test_training_rates_are_given_back_exactly():
    model, x, dx, u = neighbours()
    torch.testing.assert_close(model(TIME, x, u), dx, atol=1e-14, rtol=0.0)
    slopes = torch.func.vmap(torch.func.jacrev(lambda y, w: model(TIME, y, w)))(x, u)
    assert slopes.isfinite().all()


def test_rates_are_means_of_the_nearest():
    # Two neighbours and the next, at distances 1, 2 and 4 in scaled states.
    model = NearestNeighbours(StateSpec(("q",), (False,)), neighbours=2).double()
    model.points = torch.tensor([[1.0, 0.0], [0.0, -2.0], [0.0, 4.0], [9.0, 9.0]]).double()
    model.rates = torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0], [7.0, 7.0]]).double()
    first, second = (3 / 4) ** 2, (2 / 8) ** 2
    expected = torch.tensor([first, second]).double() / (first + second)
    torch.testing.assert_close(model(TIME, torch.zeros(2).double()), expected)


def test_the_field_is_continuous_where_neighbours_change():
    model, x, _, u = neighbours(neighbours=2)
    along = torch.linspace(0, 1, 20001, dtype=torch.float64).unsqueeze(-1)
    rates = model(TIME, x[0] + along * (x[1] - x[0]), u[:1].expand(len(along), -1))
    jumps = rates.diff(dim=0).norm(dim=-1)
    assert jumps.max() < 0.02 * (rates.amax(0) - rates.amin(0)).norm()


def test_as_many_samples_are_kept_as_asked_for_and_travel_with_checkpoints():
    model, x, _, u = neighbours(samples=15)
    assert len(model.points) == 14  # every third of 40
    fresh = NearestNeighbours(SPEC).double()
    fresh.load_state_dict(model.state_dict())
    assert torch.equal(fresh(TIME, x, u), model(TIME, x, u))


@pytest.mark.parametrize("change", [{"neighbours": 0}, {"samples": 0}])
def test_there_are_neighbours(change):
    with pytest.raises(ValueError, match=r"must be at least 1; got 0"):
        NearestNeighbours(SPEC, **change)
