"""The processes of one training on several devices: how they start, are watched, and end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch.distributed as dist
from lightning_fabric.utilities.rank_zero import rank_zero_only
from pytorch_lightning.strategies.launchers.subprocess_script import _SubprocessScriptLauncher

PLACE = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "LOCAL_RANK", "WORLD_SIZE")
"""Environment variables that tell a process which one it is."""
PATIENCE = 6.0
"""Seconds between the end of one process and that of the others."""


class JobLauncher(_SubprocessScriptLauncher):
    """Starts the other processes of a training by a command that stands for this training alone.

    Lightning repeats the command line, which may stand for a whole sweep, and where one process
    dies it kills this one without a word. Under torchrun or Slurm, which start all processes
    themselves, nothing is started here.

    Args:
        like: the launcher of Lightning whose place this takes.
        command: what starts one more process.
    """

    def __init__(self, like: _SubprocessScriptLauncher, command: Sequence[str]) -> None:
        super().__init__(like.cluster_environment, like.num_processes, like.num_nodes)
        self.command = list(command)

    def launch(
        self,
        function: Callable[..., Any],
        *args: Any,
        trainer: pl.Trainer | None = None,
        **kwargs: Any,
    ) -> Any:
        """Start the others, run the function in this process too, and see all of them off."""
        self.cluster_environment.validate_settings(
            num_devices=self.num_processes, num_nodes=self.num_nodes
        )
        if self.cluster_environment.creates_processes_externally:
            return function(*args, **kwargs)
        with _environment_kept():
            self._call_children_scripts()
            over = threading.Event()
            threading.Thread(target=self._watch, args=[over], daemon=True).start()
            try:
                result = function(*args, **kwargs)
            except RuntimeError as error:  # what a lost connection makes of a collective
                if lost := self._lost(PATIENCE):
                    raise ValueError(lost) from error
                raise
            finally:
                over.set()
                if dist.is_initialized():
                    dist.destroy_process_group()
                self._see_off()
        return result

    def _call_children_scripts(self) -> None:
        self._check_can_spawn_children()
        environment = self.cluster_environment
        place = {
            "MASTER_ADDR": environment.main_address,
            "MASTER_PORT": str(environment.main_port),
            "NODE_RANK": str(environment.node_rank()),
            "WORLD_SIZE": str(self.num_processes * self.num_nodes),
        }
        os.environ.update(place | {"LOCAL_RANK": "0"})
        # The same modules are found as in this process, whatever it was started by.
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        for rank in range(1, self.num_processes):
            own = os.environ | path | {"LOCAL_RANK": str(rank)}
            self.procs.append(subprocess.Popen(self.command, env=own))

    def _lost(self, seconds: float = 0.0) -> str:
        """Say which process ended with an error, if any did or does within some seconds."""
        end = time.monotonic() + seconds
        while True:
            for rank, process in enumerate(self.procs, start=1):
                if code := process.poll():
                    return (
                        f"all processes of a training must live; number {rank} of "
                        f"{self.num_processes} ended with code {code}. What was reached until the "
                        f"last checkpoint is kept: go on with resume=<run folder>."
                    )
            if time.monotonic() >= end:
                return ""
            time.sleep(0.1)

    def _watch(self, over: threading.Event) -> None:
        """End this process where a lost one leaves it waiting for good, as GPUs' collectives do."""
        while not over.wait(1.0):
            if (lost := self._lost()) and not over.wait(PATIENCE):
                print(f"Error: {lost}", file=sys.stderr, flush=True)  # noqa: T201
                for process in self.procs:
                    process.kill()
                os._exit(1)

    def _see_off(self) -> None:
        end = time.monotonic() + PATIENCE
        for process in self.procs:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.procs = []


@contextmanager
def _environment_kept() -> Iterator[None]:
    """Let the next training of this process, a job of the same sweep, start afresh."""
    before = {name: os.environ.get(name) for name in PLACE}
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        rank_zero_only.rank = 0  # pyright: ignore[reportFunctionMemberAccess]


def is_first() -> bool:
    """Whether this process leads its training, as whoever started it has told it."""
    return rank_zero_only.rank == 0  # pyright: ignore[reportFunctionMemberAccess]


def start_by(trainer: pl.Trainer, command: Sequence[str]) -> None:
    """Have the other processes of a trainer started by a command, where Lightning starts them."""
    launcher = trainer.strategy.launcher
    if isinstance(launcher, _SubprocessScriptLauncher):
        trainer.strategy._launcher = JobLauncher(launcher, command)
