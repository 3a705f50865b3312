"""Impacts in data sets: known, and never inside a window or an estimate."""

import pytest
import torch

from src.data.simulated import SimulatedData
from src.data.source import Horizons
from src.data.windows import windows
from src.systems.bouncing_ball import BouncingBall
from src.systems.mass_spring import MassSpring

BALL = BouncingBall(restitution=0.8)
SMALL = {"trajectories": 12, "noise": 0.0}


def is_smooth(t, x, gravity):
    """Whether consecutive states lie on one parabola: only a bounce turns the momentum up."""
    fall = x[..., 1].diff(dim=-1) + gravity * t.diff(dim=-1)
    return (fall.abs() < 1e-9).all(-1)


def test_pieces_and_lost_energy_are_those_of_the_motions(tmp_path):
    train = SimulatedData(**SMALL).load(BALL, tmp_path).train
    again = SimulatedData(**SMALL).load(BALL, tmp_path).train  # from the cache
    assert torch.equal(train.piece, again.piece)
    bounced = train.piece.diff(dim=1) > 0
    rises = train.clean[..., 1].diff(dim=1) > 0
    assert torch.equal(bounced, rises)
    assert 12 < int(bounced.sum()) < 60
    balance = BALL.hamiltonian(train.clean) - train.impact_work
    torch.testing.assert_close(balance, balance[:, :1].expand_as(balance), rtol=1e-12, atol=0)
    assert (train.impact_work[:, -1] < -0.1).all()


@pytest.mark.parametrize("length", [2, 5])
def test_windows_never_cross_an_impact_and_hold_every_other_stretch(tmp_path, length):
    train = SimulatedData(**SMALL).load(BALL, tmp_path).train
    cut = windows(train, length)
    assert is_smooth(cut.t, cut.x, BALL.gravity).all()
    held = train.x.unfold(1, length, 1).movedim(-1, -2)
    times = train.t.unfold(1, length, 1)
    assert len(cut.x) == int(is_smooth(times, held, BALL.gravity).sum())
    assert len(windows(train, 1).x) == train.samples


def test_a_window_longer_than_every_piece_is_refused(tmp_path):
    train = SimulatedData(**SMALL).load(BALL, tmp_path).train
    longest = max(run.stop - run.start for row in range(len(train)) for run in train.runs(row))
    assert longest < train.t.shape[1]
    assert len(windows(train, longest).x) > 0
    with pytest.raises(ValueError, match=f"the {longest} samples of the longest uninterrupted"):
        windows(train, longest + 1)


@pytest.mark.parametrize("method", ["central_differences", "savitzky_golay", "smoothing_spline"])
def test_estimated_rates_do_not_cross_impacts(tmp_path, method):
    splits = SimulatedData(**SMALL, derivatives=method).load(BALL, tmp_path)
    for part in (splits.train, splits.validation, splits.test):
        exact = BALL.vector_field(part.clean)
        # A bounce is a rate of 2 p / step = 150 N, and splines are curved less than parabolas.
        near = 0.2 if method == "smoothing_spline" else 1e-9
        torch.testing.assert_close(part.dx[part.mask], exact[part.mask], rtol=0, atol=near)
        assert (part.mask.sum(1) >= 3).all()
        assert is_smooth(part.t, part.clean, BALL.gravity)[part.mask.all(1)].all()


@pytest.mark.parametrize("states", ["smoothed", "integrated"])
def test_states_beside_exact_rates_do_not_cross_impacts(tmp_path, states):
    splits = SimulatedData(**SMALL, states=states).load(BALL, tmp_path)
    for part in (splits.train, splits.validation):
        near = 1e-9 if states == "integrated" else 0.02  # splines are curved less than parabolas
        torch.testing.assert_close(part.x[part.mask], part.clean[part.mask], rtol=0, atol=near)


def test_pieces_as_motions_share_no_sample_and_lose_only_short_ones(tmp_path):
    train = SimulatedData(**SMALL).load(BALL, tmp_path).train
    pieces = train.cut(1)
    assert pieces.samples == train.samples
    assert torch.equal(pieces.x[pieces.mask], train.x[train.mask])
    assert torch.equal(train.cut(10).x[:, 0], pieces.x[pieces.mask.sum(1) >= 10][:, 0])
    with pytest.raises(ValueError, match="1000 samples in a row between two impacts"):
        train.cut(1000)


def test_motions_without_impacts_stay_whole(tmp_path):
    train = SimulatedData(**SMALL).load(MassSpring(), tmp_path).train
    assert train.piece is None
    assert train.impact_work is None
    assert train.cut(3) is train


@pytest.mark.slow
def test_test_sets_know_their_impacts_too(tmp_path):
    horizons = Horizons(trajectories=3, horizon_over_training=2, longer_factor=4)
    chosen = ("in_distribution", "longer_horizon")
    data = SimulatedData(**SMALL | {"test_sets": chosen})
    sets = data.load_test_sets(BALL, horizons, tmp_path)
    for motions in sets.values():
        balance = BALL.hamiltonian(motions.clean) - motions.impact_work
        torch.testing.assert_close(balance, balance[:, :1].expand_as(balance), rtol=1e-12, atol=0)
    assert (sets["longer_horizon"].clean[:, -1] == 0).all(), "a ball that loses energy rests"


class BallInAir(BouncingBall):
    """A ball whose flight loses energy too."""

    @property
    def traits(self):
        return frozenset({"dissipation"})


def test_friction_beside_impacts_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"impacts must be free of friction.*BallInAir are not"):
        SimulatedData(**SMALL).load(BallInAir(), tmp_path)
