"""What a search has found: configurations that run as they are, all trials, and their picture."""

from __future__ import annotations

from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from ..reporting.atomic import write_text
from ..reporting.job import Entry
from ..reporting.places import shown
from ..reporting.sheet import number
from ..reporting.trials import Trials
from . import stored
from .paths import CONF
from .sweep import Sweep, say


def write_best(trials: Trials, sweep: Sweep) -> None:
    """Write ``experiment/best.yaml``, ``study.json`` and ``study.png`` into the sweep's folder.

    Of several objectives, each trial that no other beats in all of them has a file.
    """
    folder = sweep.folder
    trials.write(folder / "study.json")
    if not trials.best:
        say("No trial has finished: there is no best one.")
        return
    from ..reporting.plots.study import study_figure
    from ..reporting.plots.style import save

    save(study_figure(trials), folder / "study.png")
    entries = {entry.number: entry for entry in sweep.ledger.entries()}
    for old in (folder / "experiment").glob("*.yaml"):
        old.unlink()
    found = [one for one in trials.best if one in entries]  # a study may have others' trials
    names = {one: f"pareto_{one}" for one in found} if len(trials.objectives) > 1 else {}
    for one, name in [*((one, "best") for one in found[:1]), *names.items()]:
        values = next(t.values for t in trials.trials if t.number == one) or ()
        told = [f"{k} {number(v)}" for k, v in zip(trials.objectives, values, strict=True)]
        rank = "unbeaten" if names else "the best"
        head = f"Trial {one}, {rank} among {len(trials.complete)}: {', '.join(told)}."
        command = f"python -m src.train --config-dir {shown(folder)} experiment={name}"
        text = f"# @package _global_\n# {head}\n#   {command}\n" + _config(entries[one], sweep)
        write_text(folder / "experiment" / f"{name}.yaml", text)
        say(f"{head} To run it: {command}")
    say(f"Its trials: {shown(folder / 'study.json')} and {shown(folder / 'study.png')}")


def _config(entry: Entry, sweep: Sweep) -> str:
    """Return the overrides of a job as an option of the group ``experiment``."""
    _, settings = stored.read(sweep.folder / (entry.folder or ""))
    run, defaults, values = OmegaConf.create(settings), [], OmegaConf.create({})
    for override in OverridesParser.create().parse_overrides(list(entry.overrides)):
        key = override.get_key_element().lstrip("+~")
        if key == "experiment":
            defaults.insert(0, override.value())
        elif (CONF / key).is_dir():
            chosen = f"/{key}" if override.is_add() else f"override /{key}"
            defaults.append({chosen: override.value()})
        else:
            value: Any = None if override.is_delete() else OmegaConf.select(run, key)  # whole paths
            value = override.value() if value is None and not override.is_delete() else value
            OmegaConf.update(values, key, value, force_add=True)
    values = OmegaConf.merge({"defaults": [*defaults, "_self_"]}, values)
    return OmegaConf.to_yaml(values)
