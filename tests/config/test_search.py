"""Searches: what may be chosen, how far they go, and what they leave."""

import json
import os
import sys
import time
import warnings
from pathlib import Path

import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from running import ROOT, SMALL, only_run, process, run
from test_commands import mirrored

from src.config import stored
from src.config.space import Choice, Range, read_space
from src.reporting.ledger import Ledger
from src.reporting.plots import style
from src.reporting.plots.study import study_figure
from src.reporting.trials import Trial, Trials

TINY = (*SMALL, "data.test_sets=[in_distribution]", "trainer.max_epochs=2")
LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"


class TestSpace:
    def read(self, *words):
        return read_space(OverridesParser.create().parse_overrides(list(words)))

    @pytest.mark.parametrize(
        ("word", "part"),
        [
            ("a=interval(1,5)", Range(1.0, 5.0)),
            ("a=int(interval(1,5))", Range(1, 5)),
            ("a=tag(log,interval(1e-4,0.1))", Range(1e-4, 0.1, log=True)),
            ("a=tag(log,int(interval(4,64)))", Range(4, 64, log=True)),
            ("a=range(1,10,3)", Range(1, 7, step=3)),
            ("a=range(0.1,0.5,0.1)", Range(0.1, 0.4, step=0.1)),
            ("a=range(9,0,-3)", Range(3, 9, step=3)),
            ("a=1,2", Choice(("1", "2"))),
            ("a=choice(hnn,lnn)", Choice(("hnn", "lnn"))),
            ("a=[1,2],[3]", Choice(("[1,2]", "[3]"))),
        ],
    )
    def test_is_read_from_the_grammar_of_overrides(self, word, part):
        fixed, space = self.read("b=1", "sweep=optuna", "sweep.trials=3", word)
        assert fixed == ["b=1"]
        assert space == {"a": part}
        if isinstance(part, Range):
            assert space["a"].whole == part.whole

    def test_takes_what_is_typed_last(self):
        assert self.read("a=1,2", "b=1,2", "a=3") == (["a=3"], {"b": Choice(("1", "2"))})

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["a=1"], "something to choose"),
            (["a=tag(log,interval(0,1))"], "a must be positive to be searched by its log; got 0"),
            (["a=interval(1,1)"], "a must have a lower and a higher end; got 1.0, 1.0."),
        ],
    )
    def test_refuses_what_is_none(self, words, message):
        with pytest.raises(ValueError, match=message):
            self.read(*words)


class TestOptuna:
    @pytest.fixture(scope="class")
    @staticmethod
    def searched(tmp_path_factory, cache):
        """Two trials, one that was left behind by a death, and then another one."""
        optuna = pytest.importorskip("optuna", reason="needs the extra sweeps")
        folder = tmp_path_factory.mktemp("search")
        words = ("-m", *TINY, "sweep=optuna", "sweep.trials=2", LR, "model.width=8,16")
        first = run("train", *words, folder=folder, cache=cache)
        assert first.code == 0, first.err
        sweep = only_run(folder, "sweeps")
        name = "/".join(sweep.parts[-2:])
        study = optuna.load_study(study_name=name, storage=f"sqlite:///{sweep}/study.db")
        study.ask()
        words = ("-m", f"sweep.retry={sweep}", "sweep.trials=3")
        second = run("train", *words, folder=folder, cache=cache)
        assert second.code == 0, second.err
        return folder, sweep, study, second

    def test_goes_on_to_a_total_and_repeats_nothing(self, searched):
        _, sweep, study, _ = searched
        assert [trial.state.name for trial in study.trials] == [
            "COMPLETE",
            "COMPLETE",
            "FAIL",
            "COMPLETE",
        ]
        tried = [tuple(trial.params.items()) for trial in study.trials if trial.values]
        assert len(set(tried)) == 3
        assert [entry.number for entry in Ledger(sweep).entries()] == [0, 1, 3]

    def test_the_best_configuration_runs_as_given(self, searched, tmp_path, cache):
        _, sweep, study, outcome = searched
        assert f"python -m src.train --config-dir {sweep.relative_to(sweep.parents[2])}" in (
            outcome.out
        )
        words = ("--config-dir", sweep, "experiment=best")
        again = run("train", *words, folder=tmp_path, cache=cache)
        assert again.code == 0, again.err
        loss = json.loads((only_run(tmp_path) / "summary.json").read_text())["train"][
            "best_val_loss"
        ]
        assert loss == study.best_value

    def test_leaves_its_trials_and_their_picture(self, searched):
        _, sweep, study, _ = searched
        written = json.loads((sweep / "study.json").read_text())
        assert [trial["number"] for trial in written["trials"]] == list(range(4))
        assert written["best"] == [study.best_trial.number]
        assert (sweep / "study.png").is_file()

    def test_finds_what_no_other_beats(self, tmp_path, cache):
        pytest.importorskip("optuna", reason="needs the extra sweeps")
        words = (
            "-m", *TINY, "sweep=optuna", "sweep.trials=2", "sweep.storage=journal",
            "sweep.objectives=[train.best_val_loss,train.parameters]", "model.width=8,16",
        )  # fmt: skip
        outcome = run("train", *words, folder=tmp_path, cache=cache)
        assert outcome.code == 0, outcome.err
        sweep = only_run(tmp_path, "sweeps")
        written = json.loads((sweep / "study.json").read_text())
        values = {trial["number"]: trial["values"] for trial in written["trials"]}
        assert len({width for _, width in values.values()}) == 2  # none twice, of two there are
        unbeaten = [
            number
            for number, (loss, width) in values.items()
            if not any(a < loss and b < width for a, b in values.values())
        ]
        assert sorted(written["best"]) == unbeaten
        names = {path.stem for path in (sweep / "experiment").iterdir()}
        assert names == {"best", *(f"pareto_{number}" for number in unbeaten)}

    def test_an_exhausted_space_ends_a_search_and_a_wrong_objective_too(self, tmp_path, cache):
        pytest.importorskip("optuna", reason="needs the extra sweeps")
        words = ("-m", *TINY, "sweep=optuna", "model.width=8,16")
        wrong = run(
            "train", *words, "sweep.objectives=[train.best_val_los]", folder=tmp_path, cache=cache
        )
        assert wrong.code == 1
        assert "there is no train.best_val_los. Did you mean train.best_val_loss?" in wrong.err
        sweep = only_run(tmp_path, "sweeps")
        words = ("-m", f"sweep.retry={sweep}", "sweep.objectives=[train.best_val_loss]")
        done = run("train", *words, folder=tmp_path, cache=cache)
        assert "The space has no other points: 2 trials have finished." in done.out
        assert len(Ledger(sweep).entries()) == 2  # the one that was trained is not trained again

    def test_prunes_what_does_worse_than_the_median(self, tmp_path):
        pytest.importorskip("optuna", reason="needs the extra sweeps")
        from src.config.jobs import Pruned
        from src.config.optuna import OptunaStudy, reporter

        for maximize in (False, True):  # the loss is the smaller the better, whatever is searched
            folder = tmp_path / str(maximize)
            folder.mkdir()
            ways = ["maximize" if maximize else "minimize"]
            study = OptunaStudy("sqlite", "s", folder, ways, seed=0, startup=1)
            note = {"storage": "sqlite", "name": "s", "startup": 1, "maximize": maximize}
            space = {"lr": Range(0.0, 1.0)}
            for loss, bad in ((1.0, False), (0.5, False), (2.0, True)):
                number, _ = study.ask(space)
                report = reporter(note, folder, number)
                if bad:
                    with pytest.raises(Pruned, match="2 is above the median"):
                        report(1, loss)
                    study.pruned(number)
                else:
                    report(1, loss)
                    study.tell(number, [loss])
            assert study.finished() == 3

    def test_says_what_to_install(self, tmp_path, cache, monkeypatch):
        monkeypatch.setitem(sys.modules, "optuna", None)
        outcome = run("train", "-m", "sweep=optuna", "seed=0,1", folder=tmp_path, cache=cache)
        assert outcome.code == 1
        assert "sweep=optuna needs optuna, which is not installed: pip install" in outcome.err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ("sweep.trials=0", "must be 1 or more; got 0, 10, None."),
            ("sweep.directions=up", "sweep.directions are minimize and maximize; got up."),
            ("sweep.objectives=[]", "must be one for all of sweep.objectives, or one for each"),
            ("sweep.storage=mysql://me:secret@h/db", "sweep.storage must not hold a password"),
            ("sweep.trial=3", "Did you mean sweep.trials?"),
            ("trainer.max_epoch=3", "Did you mean trainer.max_epochs?"),
        ],
    )
    def test_refuses_with_a_reason_and_leaves_nothing(self, words, message, tmp_path, cache):
        given = ("-m", "sweep=optuna", "seed=0,1", *words.split())
        outcome = run("train", *given, folder=tmp_path, cache=cache)
        assert (outcome.code, message in outcome.err) == (1, True), outcome.err
        assert "secret" not in outcome.err
        assert list(tmp_path.iterdir()) == []

    def test_is_many_runs(self, tmp_path, cache):
        outcome = run("train", "sweep=optuna", "seed=0,1", folder=tmp_path, cache=cache)
        assert outcome.code == 1


@pytest.mark.slow
def test_a_study_killed_at_its_seventh_trial_ends_with_twenty(tmp_path, cache):
    optuna = pytest.importorskip("optuna", reason="needs the extra sweeps")
    words = ("-m", "src.train", "-m", *TINY, "trainer.max_epochs=30", "sweep=optuna", LR)
    words = (*words, "sweep.trials=20", "sweep.startup=5", "model.width=8,16")
    child = process(*words, folder=tmp_path, cache=cache)
    while not list(tmp_path.glob("sweeps/*/*/7_*/metrics.csv")):
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)
    child.kill()
    child.communicate()
    sweep = only_run(tmp_path, "sweeps")
    words = ("-m", "src.train", "-m", f"sweep.retry={sweep}")
    child = process(*words, folder=tmp_path, cache=cache)
    _, err = child.communicate()
    assert (child.returncode, err) == (0, "")
    name = "/".join(sweep.parts[-2:])
    study = optuna.load_study(study_name=name, storage=f"sqlite:///{sweep}/study.db")
    assert [trial.state.is_finished() for trial in study.trials] == [True] * 20
    assert len({tuple(trial.params.items()) for trial in study.trials}) == 20
    words = ("--config-dir", sweep, "experiment=best")
    assert run("train", *words, folder=tmp_path, cache=cache).code == 0


def test_the_same_space_is_a_sweep_of_wandb(tmp_path, cache):
    words = (
        "-m", "sweep=wandb", "sweep.trials=7", LR, "model.width=8,16", "model.depth=range(1,4)",
        "data.noise=interval(0,1)", "trainer.max_epochs=3",
    )  # fmt: skip
    outcome = run("train", *words, folder=tmp_path, cache=cache)
    assert (outcome.code, outcome.err) == (0, "")
    (file,) = tmp_path.glob("sweeps/*/*/*")
    assert f"wandb sweep --project legendre {file.relative_to(tmp_path)}" in outcome.out
    written = yaml.safe_load(file.read_text())
    assert written["parameters"] == {
        "optimizer.lr": {"distribution": "log_uniform_values", "min": 1e-4, "max": 0.1},
        "model.width": {"values": [8, 16]},
        "model.depth": {"distribution": "int_uniform", "min": 1, "max": 3},
        "data.noise": {"distribution": "uniform", "min": 0.0, "max": 1.0},
    }
    assert written["command"][1:] == [
        "python", "-m", "src.train", "trainer.max_epochs=3", "${args_no_hyphens}",
    ]  # fmt: skip
    refused = run("train", *words, "logger=csv", folder=tmp_path, cache=cache)
    assert "sweep=wandb needs logger=wandb" in refused.err


@pytest.mark.slow
def test_an_agent_of_wandb_trains_what_the_definition_says(tmp_path, cache, monkeypatch):
    """The agent is W&B's own; only its server is not there, which would send these words."""
    from wandb.wandb_agent import Agent

    known = [word for word in SMALL if not word.startswith(("model.", "logger="))]
    words = ("-m", "sweep=wandb", LR, "model.width=8,16", "model=hnn,baseline", *known)
    assert run("train", *words, folder=tmp_path, cache=cache).code == 0
    (file,) = tmp_path.glob("sweeps/*/*/wandb_sweep.yaml")
    definition = yaml.safe_load(file.read_text())
    drawn = {"optimizer.lr": 1.25e-05, "model.width": 8, "model": "baseline"}
    assert drawn.keys() == definition["parameters"].keys()
    for name, value in {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LEGENDRE_CACHE": str(cache),
        "WANDB_SWEEP_ID": "s1",
        "WANDB_DIR": str(tmp_path),
        "WANDB_RUN_ID": "",  # the agent sets these two
        "WANDB_SWEEP_PARAM_PATH": "",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    agent = Agent(api=None, queue=None, sweep_id="s1")
    agent._sweep_command = definition["command"]
    told = {"program": definition["program"], "args": {k: {"value": v} for k, v in drawn.items()}}
    answer = agent._process_command({"type": "run", "run_id": "a1b2c3d4", **told})
    assert "exception" not in answer
    (child,) = agent._run_processes.values()
    assert child.wait() == 0
    folder = only_run(tmp_path)
    choices, settings = stored.read(folder)
    assert choices["model"] == "baseline"
    assert (settings["optimizer"]["lr"], settings["model"]["width"]) == (1.25e-05, 8)
    log = mirrored(folder)
    assert log.id == "a1b2c3d4"
    assert any(definition["metric"]["name"] in row for row in log.history)


def test_wandb_finds_no_fault_with_the_definition(tmp_path, cache):
    reason = "needs W&B's own rules: pip install 'wandb[sweeps]'"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of pydantic
        rules = pytest.importorskip("sweeps.config", reason=reason)
    words = ("-m", "sweep=wandb", LR, "model.width=8,16", "data.noise=interval(0,1)")
    assert run("train", *words, folder=tmp_path, cache=cache).code == 0
    (file,) = tmp_path.glob("sweeps/*/*/wandb_sweep.yaml")
    definition = yaml.safe_load(file.read_text())
    assert rules.schema_violations_from_proposed_config(definition) == []


def trials(*, objectives=1):
    """A search over a number, a number by its log and words."""
    rows = [
        Trial(
            k,
            "pruned" if k % 5 == 4 else "complete",
            {"optimizer.lr": 10 ** (-k / 4), "data.noise": k / 20, "model": ["hnn", "lnn"][k % 2]},
            None if k % 5 == 4 else (1.0 + (k - 9) ** 2, 3.0 * k)[:objectives],
        )
        for k in range(20)
    ]
    names = ["train.best_val_loss", "train.seconds"][:objectives]
    best = [9] if objectives == 1 else [8, 7, 6, 5, 3, 2, 1, 0]
    return Trials(names, ["minimize"] * objectives, rows, best, frozenset({"optimizer.lr"}))


@pytest.mark.parametrize("objectives", [1, 2])
def test_a_study_is_drawn(objectives, tmp_path):
    figure = study_figure(trials(objectives=objectives))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == objectives + 3
    (lr,) = (axes for axes in shown if axes.get_xlabel() == "optimizer.lr")
    assert lr.get_xscale() == "log"
    best_so_far = next(line for line in shown[0].lines if line.get_label() == "best so far")
    assert list(best_so_far.get_ydata()) == sorted(best_so_far.get_ydata(), reverse=True)
    assert style.save(figure, tmp_path / "study.png").stat().st_size > 1000
