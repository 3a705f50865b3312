"""The same space for those who search with W&B's server: ``sweep=wandb``."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from ..reporting.atomic import write_text
from ..reporting.job import Job
from ..reporting.places import shown
from .space import Choice, Range, examples, read_space
from .sweep import Search, Sweep, say

FILE = "wandb_sweep.yaml"
LOG_POINTS = 16
"""Whole numbers that stand for a range that is searched by its log."""


@dataclass(frozen=True)
class WandbSweep(Search):
    """A search that W&B's server leads: its definition is written, and nothing is run here.

    Raises:
        ValueError: if the settings are not what W&B knows.
    """

    method: str = "bayes"
    metric: str = "validation/loss"
    goal: str = "minimize"
    trials: int = 20
    retry: str | None = None
    status: str | None = None

    def __post_init__(self) -> None:
        for key, value, known in (
            ("method", self.method, ("bayes", "random", "grid")),
            ("goal", self.goal, ("minimize", "maximize")),
        ):
            if value not in known:
                raise ValueError(f"sweep.{key} must be one of {', '.join(known)}; got {value}.")

    def run(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Write the definition, and say how agents are started.

        Raises:
            ValueError: if there is no space to search, or W&B would not be told of the runs.
        """
        fixed, space = read_space(overrides)
        sweep.check([Job(0, (*fixed, *words)) for words in examples(space)])
        logger = sweep.config.hydra.runtime.choices.get("logger")
        if logger != "wandb":
            raise ValueError(f"sweep=wandb needs logger=wandb, to learn of runs; got {logger}.")
        metric = {"name": self.metric, "goal": self.goal}
        name = sweep.config.hydra.job.config_name
        program = ["${env}", "python", "-m", f"src.{name}"]
        definition = {
            "program": f"src/{name}.py",  # asked for, though the command says more
            "method": self.method,
            "metric": metric,
            "run_cap": self.trials,
            "command": [*program, *fixed, "${args_no_hyphens}"],
            "parameters": {key: _parameter(part) for key, part in space.items()},
        }
        write_text(sweep.folder / FILE, OmegaConf.to_yaml(OmegaConf.create(definition)))
        say(f"Written to {shown(sweep.folder / FILE)}. To search, with an account of W&B:")
        say(f"  wandb sweep --project {sweep.config.logger.project} {shown(sweep.folder / FILE)}")
        say("  wandb agent <what that prints>      # as often and on as many machines as wanted")

    def conclude(self, sweep: Sweep, overrides: Sequence[Override]) -> None:
        """Nothing has been run here."""


def _parameter(part: Range | Choice) -> dict[str, Any]:
    """Return a part of the space as W&B writes it."""
    if isinstance(part, Choice):
        return {"values": [_number(word) for word in part.values]}
    low, high = part.low, part.high
    if part.whole and (part.log or part.step not in (None, 1)):  # W&B would give 16.0 for 16
        return {"values": _whole_numbers(int(low), int(high), part)}
    if part.whole:
        return {"distribution": "int_uniform", "min": low, "max": high}
    if part.step is not None:
        return {"distribution": "q_uniform", "q": part.step, "min": low, "max": high}
    shape = "log_uniform_values" if part.log else "uniform"
    return {"distribution": shape, "min": low, "max": high}


def _whole_numbers(low: int, high: int, part: Range) -> list[int]:
    """Return the numbers of a range with steps, or some that are evenly apart in their log."""
    if not part.log:
        return list(range(low, high + 1, int(part.step or 1)))
    ratio = (high / low) ** (1 / (LOG_POINTS - 1))
    return sorted({round(low * ratio**k) for k in range(LOG_POINTS)})


def _number(word: str) -> int | float | str:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(word)
    return word
