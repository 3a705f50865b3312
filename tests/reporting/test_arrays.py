"""rollouts.npz and metrics.csv."""

import numpy as np
import pytest

from src.reporting.atomic import replacing
from src.reporting.history import read_metrics, series
from src.reporting.rollouts import on_common_times, read_rollouts, write_rollouts

from .records import motions


def test_rollouts_come_back_as_they_were_written(tmp_path):
    first, second = motions("hnn"), motions("baseline", seed=1)
    write_rollouts(tmp_path, {"z": first, "a": second})
    found = read_rollouts(tmp_path)
    assert list(found) == ["z", "a"]
    assert set(found["a"]) == set(second)
    for name, values in first.items():
        np.testing.assert_array_equal(found["z"][name], values)
    assert [path.name for path in tmp_path.iterdir()] == ["rollouts.npz"]


def test_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="got objects in set/t"):
        write_rollouts(tmp_path, {"set": {"t": np.array([None])}})


def test_rollouts_that_are_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"no rollouts\.npz in"):
        read_rollouts(tmp_path)


def test_rollouts_that_are_torn(tmp_path):
    file = write_rollouts(tmp_path, {"set": motions()})
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cannot be read"):
        read_rollouts(tmp_path)


def test_motions_sampled_alike_stay_as_they_are():
    arrays = motions()
    common = on_common_times(arrays)
    np.testing.assert_array_equal(common["t"], arrays["t"][0])
    assert common["truth"] is arrays["truth"]


def test_motions_of_different_lengths_meet_on_the_shortest():
    """Straight lines are interpolated exactly, whatever their grids, starts and padding."""
    t = np.array([[0.0, 1.0, 2.0, 4.0], [5.0, 6.5, 8.0, 8.0]])
    mask = np.array([[True] * 4, [True, True, True, False]])
    x = np.stack((t - t[:, :1], 3 * (t - t[:, :1])), -1)
    common = on_common_times({"t": t, "mask": mask, "x": x, "e": x[..., 0]})
    np.testing.assert_allclose(common["t"], [0, 1.5, 3])
    np.testing.assert_allclose(common["e"], [[0, 1.5, 3]] * 2)
    np.testing.assert_allclose(common["x"][..., 1], 3 * common["e"])


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")

    def write_half():
        with replacing(target) as stream:
            stream.write(b"new, half of it")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_metrics_have_holes_and_series_do_not(tmp_path):
    file = tmp_path / "metrics.csv"
    file.write_text("epoch,step,train/loss,val/loss\n0,10,0.5,\n0,19,,0.7\n1,20,0.25,\n")
    metrics = read_metrics(file)
    np.testing.assert_array_equal(metrics["val/loss"], [np.nan, 0.7, np.nan])
    step, value = series(metrics, "train/loss")
    np.testing.assert_array_equal(step, [10, 20])
    np.testing.assert_array_equal(value, [0.5, 0.25])
    assert series(metrics, "no such") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no metrics at"),
        ("step,loss\n", "holds no rows"),
        ("step,loss\n1,many\n", "must hold numbers only; could not convert string"),
    ],
)
def test_metrics_that_cannot_be_read(text, message, tmp_path):
    file = tmp_path / "metrics.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_metrics(file)
