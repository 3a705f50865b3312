"""A run folder of a stranger runs no code, and no key of ours gets into a folder."""

import re
import shutil
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf
from running import SMALL, files, only_run, run

from src import load_run
from src.config.options import options
from src.config.paths import CONF
from src.config.trust import check, check_overrides

MARK = "run_by_a_stranger"
SHELL = {"_target_": "os.mkdir", "path": MARK}
MALICIOUS = {
    "a function of the system": {"system": SHELL},
    "hidden in a list": {"data": {"test_sets": [{"a": [SHELL]}]}},
    "positional and partial": {
        "optimizer": {"_target_": "builtins.eval", "_partial_": True, "_args_": [f"open('{MARK}')"]}
    },
    "arguments of a good class": {
        "model": {"_target_": "src.models.hnn.HNN", "_args_": [SHELL], "width": 8}
    },
    "what one of our modules imports": {"system": {"_target_": "src.config.trust.os.system"}},
    "a function of ours that writes": {"data": {"_target_": "src.reporting.atomic.write_text"}},
    "a loader of torch": {"model": {"_target_": "torch.hub.load", "repo_or_dir": "."}},
    "an unpickler of torch": {"model": {"_target_": "torch.load", "f": "x.pt"}},
    "a compiler of torch": {
        "loss": {"_target_": "torch.utils.cpp_extension.load_inline", "name": "x"}
    },
    "a module on the path": {"system": {"_target_": "antigravity.Module"}},
    "a Hydra helper": {"system": {"_target_": "hydra.utils.get_method", "path": "os.system"}},
    "a callback that is none": {"callbacks": {"x": {"_target_": "subprocess.run", "args": "ls"}}},
    "a trainer elsewhere": {"model": {"_target_": "pytorch_lightning.Trainer"}},
    "in a node for Hydra": {"hydra": {"callbacks": {"x": SHELL}}},
    "the environment": {"logger": {"project": "${oc.env:HOME}"}},
    "an interpolated target": {"system": {"_target_": "${oc.decode:os.system}"}},
    "no name at all": {"system": {"_target_": ["os.system"]}},
}


@pytest.mark.parametrize("settings", MALICIOUS.values(), ids=MALICIOUS)
def test_what_a_stranger_could_run_is_refused(settings):
    with pytest.raises(ValueError, match="allow_external_targets=true"):
        check(settings, Path("stranger"))
    check(settings, Path("stranger"), allow_external_targets=True)


def test_every_option_of_ours_may_be_read_back():
    groups = [path.name for path in CONF.iterdir() if path.is_dir() and path.name != "hydra"]
    nodes = [(group, node) for group in groups for _, node in options(group)]
    assert len(nodes) > 100
    for group, node in nodes:
        plain = {key: value for key, value in node.items() if "${" not in str(value)}
        check({group: plain}, Path("ours"))


@pytest.mark.parametrize(
    "override",
    [
        "system._target_=os.system", "+callbacks.x={_target_: os.system}", "seed=${oc.env:HOME}",
        "hydra.launcher._target_=os.system", "hydra.launcher.setup=[reboot]",
        "hydra.searchpath=[file:///tmp]", "++hydra.job.env_set.A=1",
    ],
)  # fmt: skip
def test_overrides_of_a_folder_choose_and_set_only(override):
    with pytest.raises(ValueError, match="could run any code"):
        check_overrides(["model=hnn", override], Path("sweep"))
    check_overrides(
        ["hydra/launcher=joblib", "model=hnn,lnn", "optimizer.lr=1e-3", "seed=range(5)"],
        Path("sweep"),
    )


@pytest.fixture
def stranger(trained, tmp_path, monkeypatch):
    """A run folder whose config and checkpoints want a command to be run, and the place to be."""
    monkeypatch.chdir(tmp_path)
    folder = shutil.copytree(trained, tmp_path / "stranger")
    config = OmegaConf.load(folder / "config.yaml")
    config.callbacks.x = SHELL
    OmegaConf.save(config, folder / "config.yaml")
    for name in ("best", "last"):
        file = folder / "checkpoints" / f"{name}.ckpt"
        content = torch.load(file, weights_only=True)
        content["legendre"]["config"]["system"] = SHELL
        torch.save(content, file)
    return folder


def test_no_way_in_runs_what_a_folder_wants(stranger, tmp_path, cache):
    before = files(stranger)
    with pytest.raises(ValueError, match=r"system\._target_ must name a class that src defines"):
        load_run(stranger)
    for name, word in (("train", "resume"), ("evaluate", "checkpoint")):
        outcome = run(name, f"{word}={stranger}", folder=tmp_path, cache=cache)
        assert outcome.code == 1
        assert "If you trust whoever made that, say allow_external_targets=true." in outcome.err
    assert run("compare", "runs=stranger", folder=tmp_path, cache=cache).code == 0
    assert not list(tmp_path.rglob(MARK))
    assert files(stranger) == before
    load_with_trust = [f"resume={stranger}", "allow_external_targets=true"]
    assert run("train", *load_with_trust, folder=tmp_path, cache=cache).code == 1
    assert (tmp_path / MARK).exists()  # the test would see it


def test_a_pickle_and_a_yaml_with_code_are_not_read(stranger, tmp_path, cache):
    class Code:
        def __reduce__(self):
            return (exec, (f"open({MARK!r}, 'w')",))

    torch.save({"legendre": Code()}, stranger / "checkpoints" / "best.ckpt")
    with pytest.raises(ValueError, match="is truncated, damaged or none at all"):
        load_run(stranger)
    (stranger / "config.yaml").write_text(f"a: !!python/object/apply:os.system ['touch {MARK}']")
    for name, word in (("train", "resume=stranger"), ("compare", "runs=stranger")):
        run(name, word, folder=tmp_path, cache=cache)
    assert not list(tmp_path.rglob(MARK))


def test_no_key_is_written(tmp_path, cache, monkeypatch):
    secret = "0123456789abcdef" * 2 + "01234567"
    monkeypatch.setenv("WANDB_API_KEY", secret)
    for override in ("logger.project=${oc.env:WANDB_API_KEY}", f"logger.project=a{secret}"):
        outcome = run("train", *SMALL[:-1], override, folder=tmp_path, cache=cache)
        assert (outcome.code, secret in outcome.err) == (1, False)
        assert re.search(r"must not hold the value of WANDB_API_KEY", outcome.err)
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("WANDB_MODE", "offline")
    overrides = (*SMALL[:-1], "trainer.max_epochs=1")
    assert run("train", *overrides[1:], "logger=wandb", folder=tmp_path, cache=cache).code == 0
    written = files(only_run(tmp_path))
    assert any(".wandb" in str(path) for path in written)
    assert not [path for path, content in written.items() if secret.encode() in content]
    assert not [path for path, content in files(cache).items() if secret.encode() in content]
