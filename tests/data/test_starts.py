"""Where motions start, how noise in units is drawn, and single states."""

import re
from dataclasses import replace

import pytest
import torch

from src.data.simulated import SimulatedData
from src.data.source import Horizons
from src.data.starts import Annulus, Box, Grid
from src.systems.mass_spring import MassSpring
from src.systems.two_body import TwoBody

HEAVY = MassSpring(mass=4.0)
BOX = Box([-1.0, 0.0], [1.0, 2.0])
GRID = Grid([-1.0, 0.0], [1.0, 2.0], points=5)
SMALL = {"trajectories": 12, "step": 0.1, "horizon": 0.2, "noise": 0.0}


def drawn(starts, system=HEAVY, count=25):
    return starts.draw(system, count, torch.Generator().manual_seed(0))


def test_a_box_is_filled_from_corner_to_corner():
    points = drawn(BOX, count=2000)
    assert points.dtype == torch.float64
    low, high = torch.tensor([-1.0, 0.0]).double(), torch.tensor([1.0, 2.0]).double()
    assert ((low <= points) & (points <= high)).all()
    torch.testing.assert_close(points.amin(0), low, rtol=0, atol=0.01)
    torch.testing.assert_close(points.amax(0), high, rtol=0, atol=0.01)
    torch.testing.assert_close(points.mean(0), (low + high) / 2, rtol=0, atol=0.05)


@pytest.mark.parametrize("starts", [BOX, GRID])
def test_velocities_become_momenta(starts):
    q, p = drawn(starts).T
    in_velocities = drawn(replace(starts, coordinates="velocity"))
    torch.testing.assert_close(in_velocities, torch.stack((q, HEAVY.mass * p), dim=-1))


def test_an_annulus_has_all_radii_alike_and_all_directions():
    q, p = drawn(Annulus([0.5, 1.5]), count=4000).T
    radius = torch.hypot(q, p)
    assert 0.5 <= radius.min() < 0.51
    assert 1.49 < radius.max() <= 1.5
    assert float((radius < 1.0).double().mean()) == pytest.approx(0.5, abs=0.03)
    quarters = torch.atan2(p, q).histc(4, -torch.pi, torch.pi) / 4000
    assert float((quarters - 0.25).abs().max()) < 0.03


def test_motions_from_one_start_follow_each_other_in_an_annulus_as_in_a_box():
    shared = Annulus([0.5, 1.5], motions=3)
    assert shared.shared == 3
    points = drawn(shared, count=7)
    assert len(points) == 7
    once = drawn(Annulus([0.5, 1.5]), count=3)
    torch.testing.assert_close(points, once.repeat_interleave(3, dim=0)[:7])


def test_a_grid_has_each_point_once_in_random_order():
    along = [-1.0, -0.5, 0.0, 0.5, 1.0]
    points = drawn(GRID)
    assert sorted(points.tolist()) == [[a, b + 1] for a in along for b in along]
    assert points.tolist() != sorted(points.tolist())
    assert len(drawn(GRID, count=7).unique(dim=0)) == 7


def test_other_starts_make_other_files(tmp_path):
    for starts in (None, BOX, replace(BOX, high=[1.0, 3.0]), GRID, Annulus([0.5, 1.5])):
        splits = SimulatedData(**SMALL, starts=starts).load(HEAVY, tmp_path)
        assert len(splits.train) == 8
    assert len(list((tmp_path / "data").iterdir())) == 5


def test_motions_start_where_they_were_told_to(tmp_path):
    source = SimulatedData(**(SMALL | {"trajectories": 25}), starts=GRID)
    splits = source.load(HEAVY, tmp_path)
    starts = torch.cat([p.x[:, 0] for p in (splits.train, splits.validation, splits.test)])
    assert sorted(starts.tolist()) == sorted(drawn(GRID).tolist())
    ahead = source.load_test_sets(HEAVY, Horizons(trajectories=4), tmp_path)["in_distribution"]
    assert all(start in starts.tolist() for start in ahead.x[:, 0].tolist())


def test_a_horizon_of_zero_gives_single_states_and_their_rates(tmp_path):
    system = MassSpring(damping=0.5)
    source = SimulatedData(**(SMALL | {"horizon": 0.0}))
    train = source.load(system, tmp_path).train
    assert train.x.shape == (8, 1, 2)
    torch.testing.assert_close(train.dx, system.rate(train.x))
    assert source.training_horizon(system) == system.training_horizon
    ahead = source.load_test_sets(system, Horizons(horizon=1.0, trajectories=2), tmp_path)
    assert ahead["in_distribution"].x.shape == (2, 11, 2)


def test_an_error_is_noise_in_the_unit_of_each_coordinate(tmp_path):
    source = SimulatedData(trajectories=100, error=0.3)
    train = source.load(HEAVY, tmp_path).train
    error = (train.x - train.clean).flatten(0, 1)
    torch.testing.assert_close(error.std(0), error.new_full((2,), 0.3), rtol=0.05, atol=0)
    assert source.noise_level(HEAVY) is None


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: Box([0.0], [1.0, 2.0]), "the lower ones first; got [0.0] and [1.0, 2.0]."),
        (lambda: Box([0.0, 3.0], [1.0, 2.0]), "got [0.0, 3.0] and [1.0, 2.0]."),
        (lambda: Box([0.0], [1.0], "poisson"), "data.starts.coordinates must be one of can"),
        (lambda: drawn(BOX, TwoBody()), "low and high must hold 8 numbers, one for each of"),
        (lambda: Annulus([1.0, 0.5]), "data.starts.radius must be [smaller, larger], both"),
        (lambda: drawn(Annulus([0.5, 1.0]), TwoBody()), "needs one position and its momentum"),
        (lambda: Grid([0.0], [1.0], points=1), "data.starts.points must be an integer, 2 or more"),
        (lambda: drawn(GRID, count=26), "Grid has 25 points, each of which starts one motion; got"),
        (lambda: SimulatedData(error=-0.1), "data.error must be a number at least 0"),
        (lambda: SimulatedData(noise=0.1, error=0.2), "and not by both; got 0.1 and 0.2."),
    ],
)
def test_mistakes_are_refused(mistake, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        mistake()
