"""How long a person waits for the first step, and for help."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.case import Limit

START = ("model=hnn", "system=mass_spring")
ONE_EPOCH = ("trainer.max_epochs=1", "logger=csv")
TRAIN = (sys.executable, "-m", "src.train")


def cases(quick: bool) -> Iterator[Limit]:
    """Return both waits, in time of the processor: with warm caches there is nothing else."""
    if not quick:
        first_epoch(warm=True)
    waits = (
        (f"{' '.join(START)}, start to the end of the first epoch", first_epoch, 8.0),
        ("--help", helped, 1.5),
    )
    for words, wait, most in waits:
        yield Limit(
            work=f"python -m src.train {words}",
            size="warm caches",
            unit="processor s",
            amount=partial(_taken, wait),
            bar=most,
        )


def first_epoch(warm: bool = False) -> None:
    """Train until the first epoch has been told: a few steps after the first one.

    To warm caches, the run goes on until it has judged what it learned.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [*TRAIN, *START, *ONE_EPOCH, f"hydra.run.dir={folder}/run"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout is not None
            if not any(line.startswith("epoch 1/1 ") for line in run.stdout):
                raise RuntimeError(f"{' '.join(command)} ended before its first epoch.")
            if warm:
                run.stdout.read()
            else:
                run.kill()


def helped() -> None:
    """Ask for help."""
    subprocess.run([*TRAIN, "--help"], check=True, stdout=subprocess.DEVNULL)


def _taken(wait: Callable[[], None]) -> float:
    start = _processor()
    wait()
    return _processor() - start


def _processor() -> float:
    """Return the seconds that ended processes of this one have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
