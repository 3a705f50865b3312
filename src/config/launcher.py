"""Hydra's launchers: made with what the machine has, or refused with what to install."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from hydra.core.plugins import Plugins
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

EXTRA = "pip install 'legendre-nn[sweeps]', or in a checkout: pip install -e '.[sweeps]'"


def make_launcher(context: HydraContext, task: TaskFunction, config: DictConfig) -> Any:
    """Return the launcher that ``hydra/launcher`` names.

    Raises:
        ValueError: if it is not installed.
    """
    launcher = config.hydra.launcher
    if launcher.get("n_jobs", 0) is None:
        threads = config.get("performance", {}).get("threads") or 1
        with open_dict(launcher):
            launcher.n_jobs = max(1, cores() // threads)
    _share(launcher, config.get("trainer", {}))
    try:
        return Plugins.instance().instantiate_launcher(
            hydra_context=context, task_function=task, config=config
        )
    except RuntimeError as error:
        if "Unknown plugin class" not in str(error):
            raise
        name = config.hydra.runtime.choices["hydra/launcher"]
        raise ValueError(
            f"hydra/launcher={name} needs a library that is not installed: {EXTRA}."
        ) from error


def _share(launcher: DictConfig, trainer: Mapping[str, Any]) -> None:
    """Have Slurm start as many tasks as the trainer has processes, where nothing else is said."""
    several, devices = trainer.get("strategy", "auto") != "auto", trainer.get("devices")
    wanted = {"nodes": trainer.get("num_nodes", 1), "tasks_per_node": devices}
    for key, count in wanted.items():
        if launcher.get(key, 1) is None:
            with open_dict(launcher):
                launcher[key] = count if several and isinstance(count, int) else 1


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        from joblib import cpu_count  # it also knows of containers that allow fewer
    except ImportError:
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    return cpu_count()
