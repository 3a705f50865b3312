"""Recordings: read, cut, estimated and refused."""

import math
import re

import numpy as np
import pytest
import torch

from src.data.derivatives import central_differences
from src.data.files import FileData
from src.data.source import Horizons
from src.integrators.reference import reference_motion
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum
from src.systems.recorded import Recorded
from src.systems.rigid_body import RigidBody

from .samples import oscillation, write_table

TIMES = [0.5 + 0.02 * i for i in range(200)]
EVALUATION = Horizons()


@pytest.fixture
def recording(tmp_path) -> str:
    """One trial in the format of the recordings of the literature."""
    return write_table(tmp_path / "spring_h_1.txt", "% x v", oscillation(TIMES))


def load(source: FileData, tmp_path):
    return source.load(Recorded(**source.describe()), tmp_path)


def parts(splits):
    return splits.train, splits.validation, splits.test


def test_smoothed_states_are_those_of_the_fits(recording, tmp_path):
    observed = load(FileData(recording), tmp_path)
    smoothed = load(FileData(recording, states="smoothed"), tmp_path)
    inside = slice(6, -6)  # half a window less at both ends
    assert (smoothed.train.x - observed.train.x[:, inside]).abs().max() > 0
    torch.testing.assert_close(smoothed.train.dx, observed.train.dx[:, inside])
    assert torch.equal(smoothed.test.x, observed.test.x)


def test_a_single_recording_is_cut_into_blocks_of_time(recording, tmp_path):
    source = FileData(recording)
    found = {"positions": ("x",), "angular": (False,), "masses": None, "inputs": ()}
    assert source.describe() == found
    splits = load(source, tmp_path)
    times = [part.t[part.mask] for part in parts(splits)]
    assert [len(t) for t in times] == [136, 24, 40]
    torch.testing.assert_close(torch.cat(times), torch.tensor(TIMES).double())
    expected = torch.tensor(oscillation(TIMES)).double()[:, 2:]
    torch.testing.assert_close(torch.cat([part.x[part.mask] for part in parts(splits)]), expected)
    assert splits.train.clean is None
    assert splits.train.rate_of == "observed"
    assert splits.train.spec.names == ("x", "p_x")


@pytest.mark.parametrize("method", ["savitzky_golay", "central_differences", "smoothing_spline"])
def test_rates_are_estimated_within_each_part(recording, tmp_path, method):
    splits = load(FileData(recording, derivatives=method), tmp_path)
    for part in parts(splits):
        x, v = part.x[0].unbind(-1)
        rate = torch.stack((v, -((2 * math.pi) ** 2) * x), -1)
        scale = torch.tensor([2 * math.pi, (2 * math.pi) ** 2]).double()
        assert ((part.dx[0] - rate) / scale).abs().max() < 0.05


def test_nothing_of_the_test_reaches_the_training(tmp_path):
    rows = oscillation(TIMES)
    changed = rows[:160] + [[a, b, 5 + c, 7 * d] for a, b, c, d in rows[160:]]
    one = load(FileData(write_table(tmp_path / "one.txt", "% x v", rows)), tmp_path)
    other = load(FileData(write_table(tmp_path / "other.txt", "% x v", changed)), tmp_path)
    assert torch.equal(one.train.dx, other.train.dx)
    assert torch.equal(one.validation.x, other.validation.x)
    assert not torch.equal(one.test.x, other.test.x)


def test_many_trials_are_split_by_trial(tmp_path):
    rows = [row for k in range(10) for row in oscillation(TIMES[: 30 + k], float(k))]
    source = FileData(write_table(tmp_path / "run.txt", "% x v", rows))
    splits = load(source, tmp_path)
    assert [len(part) for part in parts(splits)] == [7, 1, 2]
    assert sorted(n for part in parts(splits) for n in part.mask.sum(1).tolist()) == [
        *range(30, 40)
    ]
    other = load(FileData(source.path, seed=1), tmp_path)
    assert splits.test.mask.sum(1).tolist() != other.test.mask.sum(1).tolist()


def test_two_trials_are_each_cut_by_time(tmp_path):
    rows = oscillation(TIMES, 0.0) + oscillation(TIMES[:100], 1.0)
    source = FileData(write_table(tmp_path / "run.txt", "% x v", rows))
    splits = load(source, tmp_path)
    assert [part.samples for part in parts(splits)] == [136 + 68, 24 + 12, 40 + 20]
    assert len(splits.test) == 2
    assert source.training_horizon(Recorded(("x",))) == pytest.approx(135 * 0.02)


def test_several_files(tmp_path):
    for k in range(4):
        write_table(tmp_path / f"run{k}.txt", "% x v", oscillation(TIMES[: 30 + k]))
    by_pattern = load(FileData(str(tmp_path / "run*.txt")), tmp_path)
    by_name = load(FileData([str(tmp_path / f"run{k}.txt") for k in range(4)]), tmp_path)
    assert torch.equal(by_pattern.train.x, by_name.train.x)
    assert sum(part.samples for part in parts(by_pattern)) == 30 + 31 + 32 + 33


def test_gaps_are_crossed_by_no_stretch_and_no_estimate(tmp_path):
    times = [t for i, t in enumerate(TIMES) if i not in (50, 60, 61, 62)]
    source = FileData(write_table(tmp_path / "run.txt", "% x v", oscillation(times)))
    train = load(source, tmp_path).train
    assert len(train) == 2  # one missing sample is no gap, three are
    for row, mask, dx, x in zip(train.t, train.mask, train.dx, train.x, strict=True):
        assert torch.diff(row[mask]).max() < 0.05
        alone = FileData(source.path)._rates(row[mask], x[mask]).dx
        torch.testing.assert_close(dx[mask], alone, rtol=1e-9, atol=1e-9)
    whole = load(FileData(source.path, gap=10.0), tmp_path).train
    assert len(whole) == 1


def test_stretches_too_short_for_an_estimate_are_left_out(tmp_path):
    times = [t for i, t in enumerate(TIMES) if not (i % 5 in (2, 3, 4) and 20 <= i < 40)]
    source = FileData(write_table(tmp_path / "run.txt", "% x v", oscillation(times)))
    lengths = load(source, tmp_path).train.mask.sum(1)
    assert lengths.min() >= 3


def test_held_out_motions_are_the_recording_itself(recording, tmp_path):
    kinematics = Recorded(("x",))
    source = FileData(recording)
    (held_out,) = source.load_test_sets(kinematics, EVALUATION, tmp_path).values()
    assert held_out.clean is None
    torch.testing.assert_close(held_out.t[0], torch.tensor(TIMES[160:]).double())
    torch.testing.assert_close(held_out.x, source.load(kinematics, tmp_path).test.x)
    assert source.training_horizon(kinematics) == pytest.approx(135 * 0.02)
    pieces = FileData(recording, horizon=0.2).load_test_sets(kinematics, EVALUATION, tmp_path)
    assert list(pieces) == ["held_out"]
    assert pieces["held_out"].mask.sum(1).tolist() == [10, 10, 10, 10]
    torch.testing.assert_close(pieces["held_out"].t.flatten(), held_out.t[0])


def test_rollouts_are_judged_on_other_files_where_there_are_any(recording, tmp_path):
    better = write_table(tmp_path / "better.txt", "% x v", oscillation(TIMES[:50]))
    alone, judged = FileData(recording), FileData(recording, judged_on=better)
    kinematics = Recorded(**judged.describe())
    held_out = judged.load_test_sets(kinematics, EVALUATION, tmp_path)["held_out"]
    expected = torch.tensor(oscillation(TIMES[:50])).double()[:, 2:]
    torch.testing.assert_close(held_out.x[0], expected)
    for ours, theirs in zip(
        parts(load(judged, tmp_path)), parts(load(alone, tmp_path)), strict=True
    ):
        assert torch.equal(ours.x, theirs.x)


def test_held_out_motions_keep_their_gaps(tmp_path):
    times = [t for i, t in enumerate(TIMES) if i not in (180, 181, 182)]
    source = FileData(write_table(tmp_path / "run.txt", "% x v", oscillation(times)))
    (held_out,) = source.load_test_sets(Recorded(("x",)), EVALUATION, tmp_path).values()
    assert len(held_out) == 1
    assert torch.diff(held_out.t[0]).max() == pytest.approx(0.08)


def test_angles_are_unwrapped(tmp_path):
    t = np.array(TIMES)
    turning = 3 * t
    wrapped = (turning + math.pi) % (2 * math.pi) - math.pi
    rows = np.stack((0 * t, t, wrapped, 3 + 0 * t), -1).tolist()
    file = write_table(tmp_path / "run.txt", "%o v", rows)
    source = FileData(file, angles=["o"])
    assert source.describe()["angular"] == (True,)
    train = load(source, tmp_path).train
    torch.testing.assert_close(train.dx[0, :, 0], torch.full((136,), 3.0).double())
    assert load(FileData(file), tmp_path).train.dx[0, :, 0].min() < -10


def test_velocities_are_estimated_where_none_were_recorded(tmp_path):
    rows = [row[:3] for row in oscillation(TIMES)]
    source = FileData(
        write_table(tmp_path / "run.txt", "% x", rows), derivatives="central_differences"
    )
    # A header of one name over three columns leaves trial and time.
    train = load(source, tmp_path).train
    x = train.x[0, :, :1]
    torch.testing.assert_close(train.x[0, :, 1:], central_differences(train.t[0], x).dx)


def test_masses_make_momenta(recording, tmp_path):
    plain = load(FileData(recording), tmp_path).train
    heavy = load(FileData(recording, mass=2.0), tmp_path).train
    assert FileData(recording, mass=[2.0]).describe()["masses"] == (2.0,)
    torch.testing.assert_close(heavy.x, plain.x * torch.tensor([1.0, 2.0]).double())
    torch.testing.assert_close(heavy.dx, plain.dx * torch.tensor([1.0, 2.0]).double())


def test_a_named_system_gives_its_own_masses(recording, tmp_path):
    spring = MassSpring(mass=3.0)
    named = FileData(recording).load(spring, tmp_path).train
    plain = load(FileData(recording), tmp_path).train
    torch.testing.assert_close(named.x, plain.x * torch.tensor([1.0, 3.0]).double())
    assert named.spec == spring.spec


def test_momenta_are_taken_as_recorded(tmp_path):
    rows = [[row[1], row[2], 5 * row[3]] for row in oscillation(TIMES)]
    source = FileData(write_table(tmp_path / "run.txt", "t q p", rows))
    train = source.load(MassSpring(mass=5.0), tmp_path).train
    torch.testing.assert_close(train.x[0, :, 1], torch.tensor(rows)[:136, 2].double())


def test_recorded_accelerations_are_targets(tmp_path):
    rows = [[*row, 10 * row[2]] for row in oscillation(TIMES)]
    file = write_table(tmp_path / "run.txt", "trial t q v a", rows)
    source = FileData(file, derivatives="recorded", mass=[2.0])
    train = load(source, tmp_path).train
    torch.testing.assert_close(train.dx[0, :, 0], train.x[0, :, 1] / 2)
    torch.testing.assert_close(train.dx[0, :, 1], 2 * 10 * train.x[0, :, 0])


def test_two_positions_without_masses_stay_in_velocities(tmp_path):
    rows = [[r[0], r[1], r[2], 2 * r[2], r[3], 2 * r[3]] for r in oscillation(TIMES)]
    source = FileData(write_table(tmp_path / "run.txt", "% x1 x2 v1 v2", rows))
    train = load(source, tmp_path).train
    assert train.spec.coordinates == "velocity"
    assert train.spec.names == ("x1", "x2", "v_x1", "v_x2")
    torch.testing.assert_close(train.x[..., 1::2], 2 * train.x[..., ::2])


def test_a_recording_of_a_state_without_pairs_is_its_positions_alone(tmp_path):
    body, t = RigidBody(), torch.linspace(0, 4, 201).double()
    start = body.sample_initial(1, torch.Generator().manual_seed(0))
    x = reference_motion(body.field().f, start, t)[:, 0]
    rows = torch.cat((t.unsqueeze(-1), x, body.vector_field(x)), -1).tolist()
    file = write_table(tmp_path / "run.txt", "% t l1 l2 l3 r1 r2 r3", rows)
    columns = {"q": ["l1", "l2", "l3"], "v": ["r1", "r2", "r3"]}
    for method in ("recorded", "savitzky_golay"):
        source = FileData(file, columns=columns, derivatives=method)
        train = source.load(body, tmp_path).train
        assert train.spec == body.spec
        error = train.dx[0] - body.vector_field(train.x[0])
        assert error.abs().max() < 1e-4
    bare = FileData(file, columns={"q": columns["q"]}, derivatives="recorded")
    with pytest.raises(ValueError, match=r"derivatives=recorded needs columns of velocities"):
        bare.load(body, tmp_path)


def test_columns_by_name_and_by_number(tmp_path):
    rows = [[9.0, row[3], row[1], row[2]] for row in oscillation(TIMES)]
    file = write_table(tmp_path / "run.txt", "% junk speed when place", rows)
    named = FileData(file, columns={"time": "when", "q": "place", "v": ["speed"]})
    assert named.describe()["positions"] == ("place",)
    bare = write_table(tmp_path / "bare.txt", "", rows)
    numbered = FileData(bare, columns={"time": 3, "q": [4], "v": 2})
    assert numbered.describe()["positions"] == ("q4",)
    assert torch.equal(load(named, tmp_path).train.x, load(numbered, tmp_path).train.x)


def test_inputs_travel_with_the_motions(tmp_path):
    rows = [[row[1], row[2], row[3], row[1] ** 2] for row in oscillation(TIMES)]
    source = FileData(write_table(tmp_path / "run.txt", "t q v u", rows))
    train = load(source, tmp_path).train
    torch.testing.assert_close(train.u[..., 0], train.t.square())


def test_npz(tmp_path):
    rows = np.array(oscillation(TIMES))
    np.savez(tmp_path / "run.npz", t=rows[:, 1], q=rows[:, 2:3], v=rows[:, 3:])
    text = FileData(write_table(tmp_path / "run.txt", "t q v", rows[:, 1:].tolist()))
    binary = load(FileData(str(tmp_path / "run.npz")), tmp_path)
    torch.testing.assert_close(binary.train.x, load(text, tmp_path).train.x)


def test_summary(recording, tmp_path):
    source, kinematics = FileData(recording), Recorded(("x",))
    summary = source.summary(kinematics, source.load(kinematics, tmp_path))
    assert summary == {
        "seed": 0,
        "trajectories": 3,
        "samples": 200,
        "step": pytest.approx(0.02),
        "horizon": pytest.approx(135 * 0.02),
        "noise": None,
    }


@pytest.mark.parametrize("method", ["savitzky_golay", "central_differences", "smoothing_spline"])
def test_loading_again_gives_the_same_bits(recording, tmp_path, method):
    source = FileData(recording, derivatives=method)
    first = load(source, tmp_path)
    assert torch.equal(first.train.dx, load(source, tmp_path).train.dx)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("t,x,v\n0,1,2\n1,nan,2\n", "line 3: column x must hold finite numbers; got 'nan'."),
        ("t,x,v\n0,1,2\n1,2,fast\n", "line 3: column v must hold finite numbers; got 'fast'."),
        (
            "t,x,v\n0,1,2\n2,1,2\n1,1,2\n",
            "line 4: times must increase within a trial; got 1 s after",
        ),
        (
            "t,x,v\n0,1,2\n2,1,2\n2,1,2\n",
            "line 4: times must increase within a trial; got 2 s after",
        ),
        ("t,x,v\n0,1,2\n", "must hold two samples at least; got one row."),
        (
            "t,x,v\n0,1,2\n1,1,2\n",
            "must hold 9 samples at least, to be cut into blocks for training",
        ),
        ("t,x,y\n0,1,2\n", "cannot be told apart among the columns x, y"),
        ("one,two\nthree,four\n", "must have a column of times"),
        ("t,x,v\na,b,c\n", "line 2: column t must hold finite numbers; got 'a'."),
    ],
)
def test_files_with_faults(tmp_path, content, message):
    file = tmp_path / "run.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        FileData(str(file)).load(Recorded(("x",)), tmp_path)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_single_row(tmp_path):
    source = FileData(write_table(tmp_path / "run.txt", "% x v", oscillation([0.1])))
    with pytest.raises(ValueError, match="must hold two samples at least; got one row"):
        load(source, tmp_path)


def test_files_of_different_systems(tmp_path):
    write_table(tmp_path / "run1.txt", "t x v", [row[1:] for row in oscillation(TIMES)])
    write_table(tmp_path / "run2.txt", "t x y v w", [[*r[1:], *r[2:]] for r in oscillation(TIMES)])
    source = FileData(str(tmp_path / "run*.txt"))
    with pytest.raises(
        ValueError, match=re.escape("must have the positions of the first, x; got 2")
    ):
        load(source, tmp_path)


def test_splines_leave_out_what_is_too_short_for_them(tmp_path):
    times = [t for i, t in enumerate(TIMES) if not (i % 8 in (4, 5, 6, 7) and 20 <= i < 60)]
    file = write_table(tmp_path / "run.txt", "% x v", oscillation(times))
    assert load(FileData(file), tmp_path).train.mask.sum(1).min() == 4
    splines = FileData(file, derivatives="smoothing_spline")
    assert load(splines, tmp_path).train.mask.sum(1).min() >= 5


def test_a_fault_in_one_trial_is_found_there(tmp_path):
    rows = oscillation(TIMES[:20], 0.0) + oscillation([0.3, 0.2, 0.4], 1.0)
    source = FileData(write_table(tmp_path / "run.txt", "% x v", rows))
    with pytest.raises(ValueError, match=re.escape("line 23: times must increase")):
        load(source, tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"angles": ["x"], "mass": [1.0, 2.0]}, "data.mass must hold one mass for each of the 1"),
        ({"angles": ["y"]}, "data.angles must name positions of"),
        ({"columns": {"q": "xx"}}, "data.columns.q must name a column of"),
        ({"derivatives": "recorded"}, "needs columns of velocities (data.columns.v) and of accel"),
        (
            {"columns": {"time": "time", "q": "x"}, "derivatives": "recorded"},
            "needs columns of vel",
        ),
    ],
)
def test_settings_that_do_not_fit_the_file(recording, tmp_path, settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        load(FileData(recording, **settings), tmp_path)


def test_momenta_of_two_positions_need_masses(tmp_path):
    rows = [[r[1], r[2], 2 * r[2], r[3], 2 * r[3]] for r in oscillation(TIMES)]
    source = FileData(write_table(tmp_path / "run.txt", "t q1 q2 p1 p2", rows))
    with pytest.raises(ValueError, match=re.escape("Give data.mass=[...], or name a system")):
        load(source, tmp_path)


def test_a_system_that_is_not_the_recordings(recording, tmp_path):
    two = FileData(recording, columns={"q": ["x", "v"]})
    with pytest.raises(
        ValueError, match=re.escape("must have the 1 positions of MassSpring, q; got")
    ):
        two.load(MassSpring(), tmp_path)
    with pytest.raises(ValueError, match="MassSpring has masses of its own"):
        FileData(recording, mass=[1.0]).load(MassSpring(), tmp_path)
    with pytest.raises(ValueError, match=re.escape("must be the angles of MassSpring, []; got")):
        FileData(recording, angles=["x"]).load(MassSpring(), tmp_path)
    assert FileData(recording).load(Pendulum(), tmp_path).train.spec.angular == (True,)


def test_a_recording_of_nothing_but_gaps(tmp_path):
    times = [i // 2 + 0.01 * (i % 2) for i in range(40)]
    source = FileData(write_table(tmp_path / "run.txt", "% x v", oscillation(times)), gap=1.01)
    message = "must hold 3 samples in a row without a gap; got none. Allow longer gaps"
    with pytest.raises(ValueError, match=re.escape(message)):
        load(source, tmp_path)
    with pytest.raises(ValueError, match=re.escape("the test part of")):
        source.load_test_sets(Recorded(("x",)), EVALUATION, tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"path": ""}, "data=files needs a file: data.path=<file.csv>; got none."),
        (
            {"mass": [1.0, -2.0]},
            "data.mass must be a number above 0 kg (kg m^2 for angles); got -2.0",
        ),
        ({"mass": 0.0}, "data.mass must be a number above 0 kg"),
        ({"derivatives": "analytic"}, "data.derivatives must be one of central_differences"),
        ({"gap": 0.5}, "data.gap must be a number above 1 (in median spacings); got 0.5."),
        ({"horizon": 0.0}, "data.horizon must be a number above 0 s; got 0.0."),
        ({"train": 1.0}, "data.train must be a number above 0 and below 1; got 1.0."),
        ({"validation": 0.0}, "data.validation must be a number above 0 and below 1; got 0.0."),
        ({"seed": -1}, "data.seed must be an integer, 0 or more; got -1."),
        ({"batch_size": 0}, "data.batch_size must be an integer, 1 or more; got 0."),
        ({"derivative_degree": 0}, "data.derivative_degree must be an integer, 1 or more; got 0."),
        ({"columns": {"tim": "t"}}, "data.columns must have keys among"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        FileData(**({"path": "run.csv"} | settings))


def test_a_pattern_that_fits_nothing(tmp_path):
    with pytest.raises(ValueError, match="must fit one file at least"):
        FileData(str(tmp_path / "*.csv")).describe()
