"""Mistakes: one clear message, an exit code, nothing left behind."""

import pytest
import torch
from running import SMALL, files, run

FILES = {
    "empty.csv": "",
    "nan.csv": "t,q,v\n0,1,0\n0.1,nan,0\n",
    "text.csv": "t,q,v\n0,1,0\n0.1,abc,0\n",
    "back.csv": "t,q,v\n0,1,0\n0.2,1,0\n0.1,1,0\n",
    "one.csv": "t,q,v\n0,1,0\n",
}

MISTAKES = [
    ("train", "model=hnnn", "is not an option of the group model. Did you mean model=hnn?"),
    ("train", "lrr=1", "there is no key 'lrr'. Did you mean optimizer.lr?"),
    ("train", "modle=hnn", "there is no key 'modle'. Did you mean model?"),
    ("train", "loss=rollout loss.stps=3", "Did you mean loss.steps?"),
    ("train", "penalty=signature", "which model=hnn does not have. Use model=lnn or model=delan"),
    ("train", "+model.widht=3", "there is no key model.widht. Did you mean model.width?"),
    ("train", "model", "'model' cannot be read: an override is key=value."),
    ("train", "system.mass=-1", "system.mass must be positive; got -1 kg."),
    ("train", "seed=abc", "seed must be a whole number; got 'abc'."),
    ("train", "optimizer.lr=abc", "optimizer.lr must be a number; got 'abc' (str)."),
    ("train", "scheduler.warmup=2", "scheduler.warmup must lie between 0 and 1"),
    ("train", "trainer.check_val_every_n_epoch=0", "trainer.check_val_every_n_epoch must be 1 or"),
    ("train", "trainer.accelerator=nonsense", "trainer: You selected an invalid accelerator name"),
    ("train", "evaluation.horizon=-1", "evaluation.horizon must be a number above 0 s; got -1."),
    ("train", "loss=rollout loss.steps=900", "got 901 samples. Shorten the window of the loss"),
    ("train", "integrator=leapfrog", "which model=hnn does not have. Use model=separable_hnn, or"),
    ("train", "system=two_level model=lnn", "need a regular Lagrangian L(q, v), and this TwoLevel"),
    ("train", "system.damping=0.1", "loses energy to friction, and a learned energy would be cons"),
    ("train", "signal=chirp", "leaves a simulated system alone). Models that fit: model=baseline,"),
    ("train", "signal=chirp system=kepler", "needs a system with inputs; Kepler has none."),
    ("simulate", "signal=chirp signal.amplitude=-1", "signal.amplitude must be a finite number"),
    ("train", "system=rigid_body", "not pairs (q, p), so that Hamilton's equations do not"),
    ("train", "system=four_bar", "phi(q) = 0, and no energy of free coordinates supplies the"),
    ("train", "system=four_bar model=lnn", "Models that fit: model=baseline,"),
    ("train", "integrator=rattle", "needs constraints phi(q) = 0 and constant masses, which model"),
    (
        "simulate",
        "system=slider_crank +integrator@data.integrator=rattle",
        "those of SliderCrank depend on the positions. Use data.integrator=reference",
    ),
    ("train", "system=recorded", "Use data=files data.path=<file>."),
    ("train", "data=files", "data.path must be given: data.path=<value>."),
    ("train", "data=files data.path=there.csv", "data.path must name a file; there.csv does not"),
    ("train", "data=files data.path=text.csv", "column q must hold finite numbers; got 'abc'."),
    ("train", "resume=there", "resume must name a run folder, with a config.yaml"),
    ("evaluate", "", "checkpoint must be given: checkpoint=<value>."),
    ("evaluate", "checkpoint=there", "the checkpoint must be a run folder or a .ckpt file"),
    ("evaluate", "checkpoint=nan.csv", "nan.csv is truncated, damaged or none at all"),
    ("evaluate", "checkpoint=other.ckpt", "the checkpoint must come from this project"),
    ("report", "runs=there serve=true", "no such folder: there. Name a folder that runs are"),
    ("report", "runs=. serve=true port=70000", "port 70000 cannot be served on"),
    ("compare", "runs=[.]", "no summary.json of a finished run found in ."),
    ("simulate", "system.mass=-1", "system.mass must be positive; got -1 kg."),
]  # fmt: skip
OF_OTHER_ROOMS = [
    ("train", "optimizer.lrr=1", "there is no key 'optimizer.lrr'. Did you mean optimizer.lr?"),
    ("train", "trainer.max_epoch=3", "Did you mean trainer.max_epochs?"),
    ("train", "+experiment=noise_free", "write experiment=noise_free, without a +."),
    ("train", "system.amplitude=3", "system.amplitude must be a list; got 3 (int)."),
    ("train", "seed=null", "seed must have a value; got null."),
    ("train", "seed=-1", "seed must be a whole number from 0 to 4294967295; got -1."),
    ("train", "optimizer.lr=-1", "optimizer: Invalid learning rate: -1"),
    ("train", "scheduler=one_cycle scheduler.rising=1", "scheduler.rising must lie between 0"),
    ("train", "data.noise=-1", "data.noise must be a number at least 0"),
    ("train", "trainer.max_epochs=0", "trainer.max_epochs must be 1 or more"),
    ("train", "performance.threads=0", "performance.threads must be a whole number, 1 or more"),
    ("train", "callbacks.energy_drift.every=0", "callbacks.energy_drift needs every >= 1"),
    ("train", "callbacks.finite_gradients.patience=0", "patience must be >= 1; got 0."),
    ("train", "loss=euler_lagrange", "which model=hnn does not have. Use model=lnn or model=delan"),
    ("train", "system=two_level model=baseline model.coordinates=velocity", "system.offset above"),
    ("train", "system=kdv model=lnn", "cannot represent the motions of KdV"),
    ("train", "system=kdv model=baseline data.coordinates=velocity", "u2, u3, ...) are no pairs"),
    ("train", "system=two_level data.coordinates=velocity", "system.offset above"),
    ("train", "data.coordinates=poisson", "data.coordinates must be"),
    ("train", "data=files data.path=empty.csv", "empty.csv is empty."),
    ("train", "data=files data.path=nan.csv", "column q must hold finite numbers; got 'nan'."),
    ("train", "data=files data.path=back.csv", "times must increase within a trial; got 0.1 s"),
    ("train", "data=files data.path=one.csv", "a motion must hold two samples at least"),
    ("evaluate", "checkpoint=.", "a run folder must hold checkpoints/best.ckpt or"),
    ("compare", "runs=there", "no such folder: there. Name folders that hold runs."),
]  # fmt: skip
"""The same ways to the same messages, which are tested where they are raised."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mistakes")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    torch.save({"a": 1}, folder / "other.ckpt")
    return folder


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [*MISTAKES, *(pytest.param(*case, marks=pytest.mark.slow) for case in OF_OTHER_ROOMS)],
    ids=lambda word: str(word)[:40],
)
def test_a_mistake_ends_in_one_message_and_leaves_nothing(name, words, message, place, cache):
    overrides = words.split()
    if name == "train" and "data=files" not in overrides:
        given = {group_of(word) for word in overrides}
        overrides += [word for word in SMALL if group_of(word) not in given]
    outcome = run(name, *overrides, folder=place, cache=cache)
    assert outcome.code == 1
    assert outcome.err.startswith("Error: ")
    assert message in outcome.err
    assert outcome.err.count("Error") <= 2  # its name, and that of HYDRA_FULL_ERROR
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert {path.name for path in place.iterdir()} == {*FILES, "other.ckpt"}


def group_of(override):
    return override.lstrip("+").partition("=")[0].partition(".")[0]


def test_the_traceback_is_there_for_the_asking(place, cache, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(ValueError, match=r"system\.mass must be positive"):
        run("train", "system.mass=-1", folder=place, cache=cache)


@pytest.fixture
def broken(trained, tmp_path):
    """A copy of a run, with checkpoints that cannot be used."""
    content = torch.load(trained / "checkpoints" / "last.ckpt", weights_only=True)
    content["legendre"]["format"] = 99
    torch.save(content, tmp_path / "future.ckpt")
    whole = (trained / "checkpoints" / "last.ckpt").read_bytes()
    (tmp_path / "cut.ckpt").write_bytes(whole[: len(whole) // 2])
    return tmp_path


def test_a_checkpoint_of_another_version_or_a_truncated_one_is_refused(broken, cache):
    before = files(broken)
    for name, message in (
        ("future.ckpt", "the checkpoint must have format 1; future.ckpt has format 99"),
        ("cut.ckpt", "cut.ckpt is truncated, damaged or none at all ("),
    ):
        outcome = run("evaluate", f"checkpoint={name}", folder=broken, cache=cache)
        assert outcome.code == 1
        assert message in outcome.err
    assert files(broken) == before


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model=lnn"], "a resumed run goes on with its own config; model cannot change."),
        (["seed=3"], "a resumed run goes on with its own config; seed cannot change."),
        (["trainer.max_epochs=0"], "trainer.max_epochs must be 1 or more"),
        (["evaluation.trajectories=0"], "evaluation.trajectories must be an integer, 1 or more"),
    ],
)
def test_a_refused_resume_leaves_the_run_as_it_was(overrides, message, trained, tmp_path, cache):
    before = files(trained)
    outcome = run("train", f"resume={trained}", *overrides, folder=tmp_path, cache=cache)
    assert (outcome.code, message in outcome.err) == (1, True), outcome.err
    assert files(trained) == before
    assert list(tmp_path.iterdir()) == []


def test_evaluate_refuses_an_integrator_that_does_not_fit_or_exist(trained, tmp_path, cache):
    for option, message in (
        ("leapfrog", "which model=hnn does not have. Use model=separable_hnn"),
        ("leapfrogg", "Did you mean integrator=leapfrog?"),
    ):
        overrides = (f"checkpoint={trained}", f"integrator={option}")
        outcome = run("evaluate", *overrides, folder=tmp_path, cache=cache)
        assert (outcome.code, message in outcome.err) == (1, True), outcome.err
    assert list(tmp_path.iterdir()) == []
