"""The folder of a run: a new one or one to go on with, for one training at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from ..reporting.atomic import remove_partials
from ..reporting.held import hold
from ..training.processes import is_first
from . import stored
from .build import plain
from .experiment import complete
from .jobs import NUMBER
from .paths import cache_folder, remove_empty
from .trust import check, check_secrets

LOCK = ".lock"
"""Held in a run's folder by the training that is at work in it."""


@dataclass(frozen=True)
class Run:
    """A run in progress: where it writes, what was chosen, and its complete config."""

    folder: Path
    cache: Path
    choices: Mapping[str, str]
    """Names of the options, such as ``{"system": "mass_spring", "model": "hnn"}``."""
    settings: dict[str, Any]
    """The whole config in primitives, with nothing left to the data."""
    resumed: bool = False


@contextmanager
def opened(config: DictConfig) -> Iterator[Run]:
    """Give the run that a config asks for, and keep other trainings out of its folder meanwhile.

    Raises:
        ValueError: if the config cannot be run, or another training is at work in the folder.
    """
    made = Path(HydraConfig.get().runtime.output_dir)
    if config.resume is None:
        folder = made
    else:
        remove_empty(made)  # Hydra made it for a new run; the old one is gone on with instead
        folder = Path(config.resume).expanduser().absolute()
    with _alone(folder):
        yield _open(config, folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    if not is_first() or not folder.is_dir():
        yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(hold(folder / LOCK))
        except BlockingIOError as other:
            raise ValueError(
                f"a run folder must have one training at work in it; there is one in {folder}: "
                f"{other}. Wait for it, or stop it."
            ) from None
        yield


def _open(config: DictConfig, folder: Path) -> Run:
    hydra, cache = HydraConfig.get(), cache_folder(config.cache)
    # A job of a sweep goes on where it stopped; all processes of its training learn so from this.
    if config.resume is None and NUMBER in os.environ and _has_checkpoint(folder):
        choices, settings = stored.read(folder)
        check(settings, folder / stored.FILE, config.allow_external_targets)
        return Run(folder, cache, choices, settings, resumed=True)
    if config.resume is None:
        chosen = hydra.runtime.choices.items()
        choices = {k: v for k, v in chosen if v and not k.startswith(("hydra", "sweep"))}
        settings = complete(plain(config))
        check_secrets([settings, list(hydra.overrides.task)])
        return Run(folder, cache, choices, settings)
    choices, settings = stored.read(folder)
    check(settings, folder / stored.FILE, config.allow_external_targets)
    check_secrets(list(hydra.overrides.task))
    remove_partials(folder)
    settings = stored.changed(settings, hydra.overrides.task)
    return Run(folder, cache, choices, settings, resumed=True)


def _has_checkpoint(folder: Path) -> bool:
    return (folder / "checkpoints" / "last.ckpt").is_file()
