"""Commands run as a user runs them, but within the process of the tests."""

import contextlib
import importlib
import io
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

SMALL = (
    "trainer.max_epochs=4",
    "trainer.check_val_every_n_epoch=2",
    "data.trajectories=12",
    "data.horizon=2",
    "data.batch_size=64",
    "model.width=16",
    "integrator.rtol=1e-5",  # what is judged here is not the flow
    "integrator.atol=1e-5",
    "evaluation.horizon_over_training=2",
    "evaluation.trajectories=2",
    "evaluation.longer_factor=1.5",
    "evaluation.geometry_starts=1",
    "logger=csv",
)
"""Overrides that make a run of a second."""


@dataclass
class Outcome:
    code: int
    out: str
    err: str


def run(name, *overrides, folder, cache, figures=False):
    """Run ``python -m src.<name>`` from ``folder``; without figures, most of a short run's time."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("LEGENDRE_CACHE", str(cache))
        patch.setenv("MPLCONFIGDIR", str(cache / "matplotlib"))
        patch.setenv("TORCHINDUCTOR_CACHE_DIR", str(cache / "kernels"))
        patch.setattr(sys, "argv", [f"src.{name}", *map(str, overrides)])
        if not figures:
            from src.reporting import publish

            patch.setattr(publish, "draw", lambda *_: {})
        main = importlib.import_module(f"src.{name}").main
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code
    root.handlers[:], root.level = handlers, level  # Hydra's write to the streams of this run
    return Outcome(code, out.getvalue(), err.getvalue())


def only_run(folder, kind="runs"):
    """Return the one run folder there is."""
    (found,) = folder.glob(f"{kind}/*/*")
    return found


def process(*words, folder, cache, **environment):
    """Start ``python <words>`` from ``folder`` as a process of its own, at home nowhere."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH", "TMPDIR")}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=kept
        | {"PYTHONPATH": str(ROOT), "HOME": str(home), "LEGENDRE_CACHE": str(cache)}
        | {"OMP_NUM_THREADS": "1", "WANDB_MODE": "offline", "PYTHONDONTWRITEBYTECODE": "1"}
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_hear_ctrl_c,
    )


def _hear_ctrl_c():
    """Undo that a shell makes commands in its background deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def files(folder):
    """Return the bytes of all files below a folder, by path."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
