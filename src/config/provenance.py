"""What made a run: the versions of the code, and the command."""

from __future__ import annotations

import shlex
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

PACKAGES = (
    "legendre-nn",
    "torch",
    "pytorch-lightning",
    "hydra-core",
    "omegaconf",
    "torchdiffeq",
    "wandb",
    "numpy",
    "scipy",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a result."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:  # run from a bare checkout
            continue
    return found


def git_state() -> str | None:
    """Return the commit of the checkout, with ``+`` where files differ; None outside of one."""
    place = Path(__file__).resolve().parent
    try:
        commit = _git(place, "rev-parse", "--short=12", "HEAD")
        changed = _git(place, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return commit + ("+" if changed else "")


def command_line(overrides: list[str], name: str = "train") -> str:
    """Return the command that makes this run again."""
    return shlex.join(["python", "-m", f"src.{name}", *overrides])


def one_more_process() -> list[str]:
    """Return the command that runs the job at hand, and no other of its sweep, in its folder."""
    hydra = HydraConfig.get()
    folder = hydra.runtime.output_dir.replace("\\", "\\\\").replace("'", "\\'")
    own = [s.path for s in hydra.runtime.config_sources if s.provider == "command-line"]
    number = hydra.job.num if hydra.mode == RunMode.MULTIRUN else None
    return [
        *(sys.executable, "-P", "-m", "src.train"),
        *(word for path in own for word in ("--config-dir", path)),
        *hydra.overrides.task,
        *(word for word in hydra.overrides.hydra if word.startswith("hydra.searchpath")),
        *([] if number is None else [f"hydra.job.num={number}"]),
        f"hydra.run.dir='{folder}'",
        "hydra.mode=RUN",
    ]


def _git(place: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=place, capture_output=True, text=True, check=True, timeout=10
    ).stdout.strip()


@cache
def shadowed() -> str | None:
    """Return a warning if another installed project owns the import name ``src`` too."""
    owners = set(metadata.packages_distributions().get("src", ())) - {"legendre-nn"}
    if not owners:
        return None
    return (
        f"Warning: {', '.join(sorted(owners))} also installs a package called src; Python takes "
        f"the first one on its path. This is {Path(__file__).resolve().parents[1]}."
    )
