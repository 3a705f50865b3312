"""Films of runs: what a person sees is what the runs keep."""

import shutil

import numpy as np
import pytest
from PIL import Image
from reporting.pages import copy
from running import run

from src.reporting.plots.animation import Parts, Scene, default_format, save_animation
from src.reporting.views import read_views


def film_of(folder):
    (file,) = folder.glob("animations/*/*/*")
    return file


def test_a_run_is_filmed_beside_its_truth(trained, tmp_path, cache):
    outcome = run("animate", f"run={trained}", "format=gif", folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    file = film_of(tmp_path)
    assert file.name == "mass_spring.gif"
    assert str(file.relative_to(tmp_path).name) in outcome.out
    samples = len(read_views(trained)["motion"]["t"])
    with Image.open(file) as film:
        assert film.n_frames == min(90, samples)
        assert film.width > 1.7 * film.height  # two scenes side by side


@pytest.mark.slow
def test_of_many_runs_each_model_is_shown_once(trained, tmp_path, cache):
    runs = tmp_path / "runs"
    copy(trained, runs / "a", seed=1)
    copy(trained, runs / "b", seed=2)
    copy(trained, runs / "c", model="lnn")
    (broken := copy(trained, runs / "d", model="baseline")).joinpath("views.npz").unlink()
    outcome = run("animate", f"run={runs}", "format=gif", folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    assert f"left out mass_spring, baseline: no views.npz in {broken}" in outcome.out
    with Image.open(film_of(tmp_path)) as film:
        assert film.width > 2.5 * film.height  # the truth, and two models


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run=nowhere",), "no such folder: nowhere"),
        (("run=.", "format=avi"), "format must be mp4 or gif; got avi"),
        ((), "run must be given"),
    ],
)
def test_what_cannot_be_filmed_is_told(words, told, tmp_path, cache):
    outcome = run("animate", *words, folder=tmp_path, cache=cache)
    assert (outcome.code, told in outcome.err) == (1, True), outcome.err
    assert list(tmp_path.iterdir()) == []


def test_without_ffmpeg_there_is_no_mp4(trained, tmp_path, cache, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert default_format() == ".gif"
    outcome = run("animate", f"run={trained}", "format=mp4", folder=tmp_path, cache=cache)
    assert (outcome.code, "format=mp4 needs ffmpeg" in outcome.err) == (1, True), outcome.err


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_with_ffmpeg_the_film_is_an_mp4(trained, tmp_path, cache):
    outcome = run("animate", f"run={trained}", folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    assert film_of(tmp_path).read_bytes()[4:8] == b"ftyp"


def test_the_truth_sets_the_frame_and_what_breaks_off_vanishes(tmp_path):
    t = np.arange(3.0)
    truth = np.stack((np.cos(t), np.sin(t)), -1)[:, None]
    gone = truth.copy()
    gone[1:] = np.nan
    scenes = [Scene("truth", truth), Scene("gone", gone), Scene("away", 1e9 * truth)]
    file = save_animation(tmp_path / "film.gif", t, scenes, Parts())
    with Image.open(file) as film:
        pictures = []
        for k in range(film.n_frames):
            film.seek(k)
            pictures.append(np.asarray(film.convert("RGB"), dtype=int))
    first, last = pictures[0], pictures[-1]
    third = first.shape[1] // 3

    def coloured(picture, place):
        part = picture[40:, place * third : (place + 1) * third]
        return int((np.ptp(part, axis=-1) > 60).sum())

    assert coloured(first, 0) > 20
    assert coloured(last, 0) > 20
    assert coloured(first, 1) > 20 > coloured(last, 1)  # its trail and body are gone
    assert coloured(first, 2) == 0  # out of sight, and the frame has not grown to hold it
