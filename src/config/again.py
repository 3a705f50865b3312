"""Sweeps that are there already: told about, or gone on with by their own command."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..reporting.ledger import FILE, Ledger
from ..reporting.sweep_table import all_well, show
from .sweep import quoted

STATUS, RETRY = "sweep.status", "sweep.retry"
CHANGEABLE = ("hydra", "sweep.", "cache", "allow_external_targets")
"""What may be typed beside ``sweep.retry``: how jobs are launched, and how far a search goes."""
HARMLESS = re.compile(
    r"hydra\.sweep\..*|\+?hydra\.launcher\.(n_jobs|nodes|timeout_min|mem_gb|partition|account|qos"
    r"|constraint|(tasks|gpus)_per_node|cpus_per_task|array_parallelism|signal_delay_s"
    r"|max_num_timeout)=[\w.,-]*"
)
"""Hydra's settings that a sweep's folder may bring along: where jobs are, and what each gets.

Nothing but words and numbers: Slurm's script is a shell's.
"""
MULTIRUN = ("-m", "--multirun")


def asked(words: Sequence[str], key: str) -> Path | None:
    """Return the folder that ``key=<folder>`` names on a command line; None if it is not there."""
    for word in words:
        name, _, value = word.partition("=")
        if name == key and value != "null":
            return Path(value.strip("'\"")).expanduser().absolute()
    return None


def tell(folder: Path) -> int:
    """Print what the jobs of a sweep have come to; return the exit code that says so, too.

    Raises:
        ValueError: if the folder is not that of a sweep.
    """
    _command(STATUS, folder)
    entries = Ledger(folder).entries()
    show(entries, folder)
    return int(not all_well(entries))


@contextmanager
def retried(words: list[str]) -> Iterator[None]:
    """Let ``sweep.retry=<folder>`` among the words stand for the command of that sweep.

    It is given again in that folder, from where it was given; what its jobs have come to is there.

    Raises:
        ValueError: if the folder is not that of a sweep, or other words would change its jobs.
    """
    folder, before, here = asked(words, RETRY), list(words), Path.cwd()
    if folder is None:
        yield
        return
    command, started_in = _command(RETRY, folder)
    program, *typed = words
    new = [w for w in typed if not w.startswith(f"{RETRY}=") and w not in MULTIRUN]
    for word in new:
        if "=" in word and not word.lstrip("+~").startswith(CHANGEABLE):
            raise ValueError(
                f"{RETRY} goes on with the sweep's own jobs; {_key(word)} cannot change. What may: "
                f"{', '.join(name + '*' for name in CHANGEABLE)}."
            )
    keys = {_key(word) for word in new if "=" in word} | {"hydra.sweep.dir"}
    kept = [w for w in command if w not in MULTIRUN and not _replaced(w, keys)]
    if "allow_external_targets=true" not in new:
        # It knows torch and Lightning, for which --help cannot wait.
        from .trust import check_overrides

        check_overrides([w for w in kept if not HARMLESS.fullmatch(w)], folder / FILE)
    words[:] = [program, "--multirun", *kept, *new, f"hydra.sweep.dir={quoted(str(folder))}"]
    os.chdir(started_in if started_in.is_dir() else here)
    try:
        yield
    finally:
        words[:] = before
        os.chdir(here)


def _command(key: str, folder: Path) -> tuple[list[str], Path]:
    plan = Ledger(folder).plan()
    if plan is None:
        raise ValueError(
            f"{key} must name the folder of a sweep, with a {FILE}; there is none in {folder}."
        )
    return plan["command"], Path(plan["started_in"])


def _key(word: str) -> str:
    return word.partition("=")[0].lstrip("+~")


def _replaced(word: str, keys: set[str]) -> bool:
    """Whether new words stand for an old one: settings of a launcher go with the launcher."""
    key = _key(word)
    launcher = "hydra/launcher" in keys and key.startswith("hydra.launcher")
    return "=" in word and (key in keys or launcher)
