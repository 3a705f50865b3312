"""Broken state and bad input: a clear message or a silent repair, and never a wrong result."""

import json
import os
import pickle
import shutil
import subprocess

import pytest
import torch
from running import SMALL, Outcome, files, only_run, run
from test_commands import without_seconds

OWN = ("data=files", "data.path=own.csv")
NUMBERS = {
    "NaN": "t,q,v\n0,1,0\n0.1,nan,0\n0.2,1,0\n",
    "infinity": "t,q,v\n0,1,0\n0.1,inf,0\n0.2,1,0\n",
    "a word": "t,q,v\n0,1,0\n0.1,abc,0\n",
    "a missing cell": "t,q,v\n0,1,0\n0.1,,0\n0.2,1,0\n",
    "times going back": "t,q,v\n0,1,0\n0.2,1,0\n0.1,1,0\n",
    "one sample": "t,q,v\n0,1,0\n",
    "nothing": "",
    "no file": None,
}
WRONG = [
    ("seed=abc", "seed must be a whole number; got 'abc'."),
    ("optimizer.lr=abc", "optimizer.lr must be a number; got 'abc' (str)."),
    ("system.mass=-1", "system.mass must be positive; got -1 kg."),
    ("system.amplitude=3", "system.amplitude must be a list; got 3 (int)."),
    ("lrr=1", "Did you mean optimizer.lr?"),
    ("callbacks.checkpoints.every_seconds=0", "callbacks.checkpoints needs every_epochs >= 1"),
    ("trainer=ddp data.batch_size=63", "data.batch_size must be a multiple of the processes"),
    ("trainer=ddp model=nearest_neighbours", "has no weights to train"),
]


@pytest.mark.parametrize("text", NUMBERS.values(), ids=NUMBERS)
def test_own_data_with(text, tmp_path, cache):
    if text is not None:
        (tmp_path / "own.csv").write_text(text)
    before = files(tmp_path)
    outcome = run("train", *OWN, folder=tmp_path, cache=cache)
    refused(outcome, "own.csv")
    assert files(tmp_path) == before


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_wrong_settings(words, message, tmp_path, cache):
    given = [word.partition("=")[0] for word in words.split()]
    rest = [word for word in SMALL if word.partition("=")[0] not in given]
    if "nearest" in words:
        rest = [word for word in rest if not word.startswith(("model.", "integrator."))]
    refused(run("train", *words.split(), *rest, folder=tmp_path, cache=cache), message)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def copy(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "run")


def cut(file):
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def foreign(file):
    torch.save({"a": 1}, file)


def future(file):
    content = torch.load(file, weights_only=True)
    content["legendre"]["format"] = 99
    torch.save(content, file)


def another(file):
    content = torch.load(file, weights_only=True)
    content["state_dict"]["model.extra"] = torch.zeros(3)
    torch.save(content, file)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def pickled(file):
    file.write_bytes(pickle.dumps(Bomb()))


CHECKPOINTS = [
    (cut, "is truncated, damaged or none at all"),
    (lambda file: file.write_bytes(b""), "is truncated, damaged or none at all"),
    (pickled, "is truncated, damaged or none at all"),
    (foreign, "the checkpoint must come from this project"),
    (future, "the checkpoint must have format 1"),
    (another, "it belongs to another run"),
]


@pytest.mark.parametrize("name", ["best", "last"])
@pytest.mark.parametrize(
    ("harm", "message"),
    CHECKPOINTS,
    ids=["truncated", "empty", "pickle", "foreign", "of the future", "of another model"],
)
def test_checkpoint(harm, message, name, copy, tmp_path, cache):
    harm(copy / "checkpoints" / f"{name}.ckpt")
    before = files(copy)
    command = ("evaluate", "checkpoint=run") if name == "best" else ("train", "resume=run")
    refused(run(*command, folder=tmp_path, cache=cache), message)
    assert files(copy) == before
    assert not (tmp_path / "exploded").exists()


def test_missing_folders_and_files(copy, tmp_path, cache):
    for command, message in (
        (("train", "resume=there"), "resume must name a run folder"),
        (("evaluate", "checkpoint=there"), "the checkpoint must be a run folder or a .ckpt file"),
        (("compare", "runs=there"), "no such folder: there"),
    ):
        refused(run(*command, folder=tmp_path, cache=cache), message)
    shutil.rmtree(copy / "checkpoints")
    refused(run("evaluate", "checkpoint=run", folder=tmp_path, cache=cache), "must hold checkpoint")
    refused(run("train", "resume=run", folder=tmp_path, cache=cache), "must have its checkpoint")
    (copy / "config.yaml").unlink()
    refused(run("train", "resume=run", folder=tmp_path, cache=cache), "with a config.yaml")


@pytest.mark.parametrize("text", ["", "a: [1, 2", "just words", "\0\1\2", "seed: 1\n"])
def test_damaged_config(text, copy, tmp_path, cache):
    (copy / "config.yaml").write_text(text)
    refused(run("train", "resume=run", folder=tmp_path, cache=cache), "config.yaml")


def test_half_written_records(copy, trained, tmp_path, cache):
    cut(copy / "summary.json")
    refused(run("compare", "runs=run", folder=tmp_path, cache=cache), "no summary.json of a finish")
    outcome = run("compare", f"runs=[run,{trained}]", folder=tmp_path, cache=cache)
    assert (outcome.code, "left out 1 unreadable file" in outcome.out + outcome.err) == (0, True)
    later = json.loads((trained / "summary.json").read_text()) | {"schema_version": 99}
    (copy / "summary.json").write_text(json.dumps(later))
    refused(run("compare", "runs=run", folder=tmp_path, cache=cache), "has schema_version 99")


def test_damaged_metrics_of_a_run_to_go_on_with(copy, tmp_path, cache):
    (copy / "metrics.csv").write_bytes(b"step,\0\nabc")
    refused(run("train", "resume=run", folder=tmp_path, cache=cache), "metrics.csv")


def test_leftovers_of_killed_writers_are_removed(copy, tmp_path, cache):
    left = [copy / ".summary.abc.partial.json", copy / "checkpoints" / ".last.abc.partial.ckpt"]
    for file in left:
        file.write_text("half")
    assert run("train", "resume=run", folder=tmp_path, cache=cache).code == 0
    assert not any(file.exists() for file in left)


def vanish(cache):
    shutil.rmtree(cache)


def cut_all(cache):
    for file in (cache / "data").iterdir():
        cut(file)


def flip(cache):
    for file in (cache / "data").iterdir():
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)


def swap(cache):
    first, *others = sorted((cache / "data").iterdir())
    for other in others:
        shutil.copy(first, other)


def be_a_file(cache):
    shutil.rmtree(cache)
    cache.write_text("no folder")


@pytest.mark.parametrize("harm", [vanish, cut_all, flip, swap, be_a_file])
def test_a_harmed_cache_is_repaired_in_silence(harm, trained, tmp_path, monkeypatch):
    own = tmp_path / "cache"
    first = run("train", *SMALL, folder=tmp_path, cache=own)
    assert first.code == 0
    folder = only_run(tmp_path)
    before = record(folder)
    harm(own)
    outcome = run("train", f"resume={folder}", folder=tmp_path, cache=own)
    assert (outcome.code, outcome.err) == (0, "")
    for part in ("train", "test", "rollout", "data"):
        assert without_seconds(record(folder)[part]) == without_seconds(before[part]), part


def record(folder):
    return json.loads((folder / "summary.json").read_text())


@pytest.fixture
def megabyte(tmp_path):
    place = tmp_path / "megabyte"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False
    )
    if mounted.returncode:
        pytest.skip("needs to mount a tmpfs: root, and a kernel that lets it")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_for_the_run(megabyte, tmp_path, cache):
    words = ("hydra.run.dir=megabyte/run", "model.width=250")
    rest = [word for word in SMALL if word != "model.width=16"]
    outcome = run("train", *rest, *words, folder=tmp_path, cache=cache)
    refused(outcome, "cannot be: No space left on device. What stood there is kept.")
    assert ".ckpt must be written" in outcome.err
    for file in (megabyte / "run" / "checkpoints").iterdir():
        torch.load(file, weights_only=True)  # what is there is whole


def test_a_full_disk_for_the_cache(megabyte, tmp_path):
    with pytest.raises(OSError, match="No space left"):
        (megabyte / "filling").write_bytes(b"0" * 2**21)
    outcome = run("train", *SMALL, folder=tmp_path, cache=megabyte)
    assert (outcome.code, outcome.err) == (0, "")
    assert {path.name for path in megabyte.rglob("*.npz")} == set()


def unprivileged(*words, folder, cache):
    """Run a command as a user who may not write everywhere, in a copy of this process."""
    if os.getuid():
        return run(*words, folder=folder, cache=cache)
    for place in (folder, *folder.parents):  # pytest's folders are root's alone
        place.chmod(place.stat().st_mode | 0o055)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setgid(65534)
        os.setuid(65534)
        try:
            outcome = run(*words, folder=folder, cache=cache)
        except BaseException as error:
            outcome = Outcome(-1, "", repr(error))
        os.write(writing, pickle.dumps(outcome))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        outcome = pickle.loads(answer.read())
    os.waitpid(child, 0)
    return outcome


def test_a_read_only_place_for_runs(trained, tmp_path, cache):
    tmp_path.chmod(0o555)
    outcome = unprivileged("train", *SMALL, folder=tmp_path, cache=cache)
    assert outcome.code == 1
    assert "Permission denied" in outcome.err
    assert "Traceback" not in outcome.err
    tmp_path.chmod(0o755)


def test_a_read_only_run_to_go_on_with(copy, tmp_path, cache):
    tmp_path.chmod(0o777)
    outcome = unprivileged("train", "resume=run", folder=tmp_path, cache=cache)
    refused(outcome, ".lock must be written, and cannot be: Permission denied.")


def test_a_read_only_cache(trained, tmp_path):
    cache, work = tmp_path / "cache", tmp_path / "work"
    cache.mkdir(mode=0o555)
    work.mkdir()
    if not os.getuid():
        os.chown(work, 65534, 65534)
    outcome = unprivileged("train", *SMALL, folder=work, cache=cache)
    assert (outcome.code, outcome.err) == (0, "")
    assert not list(cache.iterdir())


def refused(outcome, message):
    assert outcome.code == 1
    assert outcome.err.startswith("Error: ")
    assert message in outcome.err
    assert "Traceback" not in outcome.err
