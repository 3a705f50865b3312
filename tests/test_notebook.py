"""The four functions for notebooks."""

import importlib
import json
import subprocess
import sys

import pytest
import torch
from running import ROOT, files

import src


@pytest.fixture(autouse=True)
def _same_cache(cache, monkeypatch):
    monkeypatch.setenv("LEGENDRE_CACHE", str(cache))


def test_a_run_is_loaded_rolled_out_and_judged_again(trained):
    from src import evaluate, load_run, rollout

    before = files(trained)
    loaded = load_run(trained)
    assert loaded.choices["model"] == "hnn"
    t = torch.linspace(0, 3, 7)
    path = rollout(loaded, torch.tensor([[0.5, 0.0], [0.0, 0.7]]), t)
    assert path.x.shape == (7, 2, 2)
    assert path.x.dtype == torch.float64
    assert torch.equal(path.x[0], torch.tensor([[0.5, 0.0], [0.0, 0.7]]).double())
    judged = evaluate(loaded).record
    summary = json.loads((trained / "summary.json").read_text())
    assert judged["rollout"]["energy_drift"] == summary["rollout"]["energy_drift"]
    assert evaluate(loaded, horizon=1.0).record["rollout"]["horizon"] == pytest.approx(1, abs=0.2)
    assert files(trained) == before


def test_simulate_returns_the_motions_of_the_command():
    splits = src.simulate("system=pendulum", "data.noise=0", "data.trajectories=6")
    assert sum(len(part) for part in (splits.train, splits.validation, splits.test)) == 6
    assert torch.equal(splits.train.x, splits.train.clean)


@pytest.mark.parametrize("name", ["evaluate", "simulate"])
def test_commands_of_the_same_name_do_not_hide_the_functions(name, monkeypatch):
    command = importlib.import_module(f"src.{name}")
    function = getattr(importlib.import_module("src.notebook"), name)
    called = []
    monkeypatch.setattr("src.notebook." + name, lambda *a, **k: called.append((a, k)))
    getattr(src, name)("one", two=2)
    assert called == [(("one",), {"two": 2})]
    assert callable(command.main)
    assert callable(function)


@pytest.mark.slow
@pytest.mark.parametrize("first", ["import src.evaluate, src.simulate", "import src.notebook"])
def test_in_a_fresh_process(first):
    program = (
        f"{first}\n"
        "from src import evaluate, simulate\n"
        "assert callable(evaluate) and callable(simulate)\n"
        "import src.evaluate\n"
        "from src import evaluate\n"
        "assert callable(evaluate) and callable(src.evaluate.main)\n"
        "try:\n    evaluate(None)\n"
        "except AttributeError as error:\n    assert 'experiment' in str(error)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'src' has no attribute 'nothing'"):
        _ = src.nothing
