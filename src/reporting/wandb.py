"""Weights & Biases: a mirror of what a run leaves on disk. The one file that imports wandb.

Works without an account and without a network: a run then lies in its folder, and
``wandb sync <run folder>/wandb/offline-run-*`` sends it later.
"""

from __future__ import annotations

import netrc
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from .atomic import write_text
from .record import Record, flatten
from .tracking import Tracker, Tracking

if TYPE_CHECKING:
    from wandb import Run

STEP = "trainer/global_step"
"""The step metric that Lightning's logger writes, too."""
DRIFT = "rollout/energy_drift"
TIME = "rollout/time"

_MODES = ("auto", "online", "offline")
_ID_FILE = "id.txt"
_CURVE_POINTS = 200
_CLOUD = ("api.wandb.ai", "api.forge.coreweave.com")
"""Names of the public service: a login under the older one holds for both."""


@dataclass(frozen=True)
class WandbSettings(Tracking):
    """Where runs go.

    Raises:
        ValueError: if the mode is unknown.
    """

    project: str = "legendre"
    mode: str = "auto"
    """auto: what WANDB_MODE says, else online when a key is found, else offline."""
    entity: str | None = None
    """User or team; None for the account's default."""
    group: str | None = None
    """What runs are grouped by; None for the sweep that they belong to."""
    tags: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", tuple(self.tags))
        if self.mode not in _MODES:
            raise ValueError(f"wandb mode must be one of {_MODES}; got {self.mode!r}.")

    def open(
        self,
        folder: Path,
        cache: Path,
        name: str,
        group: str | None,
        config: Mapping[str, Any],
    ) -> Tracker:
        """Return the tracker of a run folder; see :func:`start`."""
        return WandbTracker(start(self, folder, cache, name, self.group or group, config))


@dataclass(frozen=True)
class WandbTracker(Tracker):
    """A W&B run that follows ours."""

    run: Run

    def log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """See :func:`log_metrics`."""
        log_metrics(self.run, step, metrics)

    def log_energy_drift(self, t: NDArray[np.float64], drift: NDArray[np.float64]) -> None:
        """See :func:`log_energy_drift`."""
        log_energy_drift(self.run, t, drift)

    def log_figures(self, figures: Mapping[str, Path]) -> None:
        """See :func:`log_figures`."""
        log_figures(self.run, figures)

    def log_rollouts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """See :func:`log_rollout_table`."""
        log_rollout_table(self.run, rows)

    def log_summary(self, record: Record) -> None:
        """See :func:`log_summary`."""
        log_summary(self.run, record)

    def finish(self, code: int) -> None:
        """See :func:`finish`."""
        finish(self.run, code)


def start(
    settings: WandbSettings,
    folder: Path,
    cache: Path,
    name: str,
    group: str | None = None,
    config: Mapping[str, Any] | None = None,
) -> Run:
    """Open the W&B run of a run folder; the same folder always gets the same W&B run.

    A run that is still open in this process is finished first: W&B would hand out that one again,
    and the jobs of a sweep would merge.

    Args:
        settings: where to.
        folder: the run's folder; the log goes to ``wandb/`` in it.
        cache: the cache of the project; tables and artifacts are staged in ``wandb/`` in it.
        name: shown in W&B.
        group: the sweep that the run belongs to.
        config: the resolved configuration, primitives only.
    """
    stage(cache)
    import wandb

    if wandb.run is not None:
        wandb.finish()
    home = folder / "wandb"
    home.mkdir(parents=True, exist_ok=True)
    saved = home / _ID_FILE
    # Chosen here and written first: a run that is killed while W&B starts keeps its identity.
    if not saved.is_file():
        write_text(saved, (_of_agent() or secrets.token_hex(4)) + "\n")
    run = wandb.init(
        project=settings.project,
        entity=settings.entity,
        tags=settings.tags or None,
        mode=cast(Any, resolve_mode(settings.mode)),
        dir=str(folder),
        name=name,
        group=group,
        config=dict(config or {}),
        id=saved.read_text(encoding="utf-8").strip(),
        resume="allow",
        settings=wandb.Settings(console="off", silent=True),
    )
    # Lightning's logger defines its steps only for runs that it opened itself.
    run.define_metric(STEP)
    run.define_metric("*", step_metric=STEP, step_sync=True)
    run.define_metric(TIME, hidden=True)
    run.define_metric(DRIFT, step_metric=TIME)
    return run


def _of_agent() -> str | None:
    """Return the identity that an agent of a W&B sweep has chosen for the one run it starts."""
    return os.environ.get("WANDB_RUN_ID") if "WANDB_SWEEP_ID" in os.environ else None


def stage(cache: Path) -> None:
    """Point W&B's staging folders into the cache, before its background process starts.

    Its settings and keys are read where they always are. Crash reports to its makers are sent
    only if the user's environment asks for them.
    """
    folder = (cache / "wandb").resolve()
    for variable, name in (
        ("WANDB_DATA_DIR", "data"),
        ("WANDB_CACHE_DIR", "cache"),
        ("WANDB_ARTIFACT_DIR", "artifacts"),
    ):
        (folder / name).mkdir(parents=True, exist_ok=True)
        os.environ[variable] = str(folder / name)
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")


def resolve_mode(mode: str) -> str:
    """Return the mode that W&B is started in; nothing is asked over the network.

    ``auto`` follows WANDB_MODE, then ``wandb offline``'s setting, then whether there is a key.
    Needs :func:`stage` first, since asking W&B for its settings starts its background process.
    """
    if mode != "auto":
        return mode
    if chosen := os.environ.get("WANDB_MODE"):
        return chosen
    import wandb

    known = wandb.setup().settings
    if known.mode not in ("online", None):
        return str(known.mode)
    if known.api_key or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return "online"
    return "online" if _key_in_netrc(known.base_url) else "offline"


def log_metrics(run: Run, step: int, metrics: Mapping[str, float]) -> None:
    """Log numbers at an optimizer step, on the axis that Lightning's logger uses."""
    run.log({**metrics, STEP: step})


def log_energy_drift(run: Run, t: NDArray[np.float64], drift: NDArray[np.float64]) -> None:
    """Log the energy error over the time of the rollouts, in s, as a curve that models share.

    Long curves are thinned to about 200 points, the last one included. Values that are not finite
    are left out: the curve ends where the rollouts broke off.

    Raises:
        ValueError: if there are not as many values as times.
    """
    if len(t) != len(drift):
        raise ValueError(f"a curve needs a value per time; got {len(drift)} for {len(t)} times.")
    stride = max(1, -(-len(t) // _CURVE_POINTS))
    for k in sorted({*range(0, len(t), stride), len(t) - 1} - {-1}):
        if np.isfinite(drift[k]):
            run.log({TIME: float(t[k]), DRIFT: float(drift[k])})


def log_figures(run: Run, figures: Mapping[str, Path]) -> None:
    """Log PNG files under ``figures/<name>``."""
    import wandb

    if figures:
        run.log({f"figures/{name}": wandb.Image(str(file)) for name, file in figures.items()})


def log_rollout_table(
    run: Run,
    rows: Sequence[Mapping[str, Any]],
    figures: Sequence[Path | None] | None = None,
) -> None:
    """Log one row per trajectory, with its picture where there is one.

    Args:
        run: the W&B run.
        rows: numbers and words by column; all rows have the columns of the first.
        figures: a PNG file per row, or None.

    Raises:
        ValueError: if there is not one figure per row.
    """
    if figures is not None and len(figures) != len(rows):
        raise ValueError(f"a picture per row is needed; got {len(figures)} for {len(rows)} rows.")
    if not rows:
        return
    import wandb

    names = list(rows[0])
    data = [[row.get(name) for name in names] for row in rows]
    if figures is not None:
        names.append("figure")
        for row, file in zip(data, figures, strict=True):
            row.append(None if file is None else wandb.Image(str(file)))
    run.log({"rollouts": wandb.Table(columns=list[Any](names), data=data)})


def log_summary(run: Run, record: Record) -> None:
    """Set the summary to the leaves of ``summary.json``, under dotted names, null included."""
    run.summary.update(flatten(record.summary))


def finish(run: Run, exit_code: int = 0) -> None:
    """Close the run, so that the next job of this process gets one of its own."""
    run.finish(exit_code=exit_code)


def _key_in_netrc(url: str) -> bool:
    """Tell whether the user's netrc names W&B's host; a broken file holds no key."""
    host = urlsplit(url).netloc
    hosts = _CLOUD if host in _CLOUD else (host,)
    named = os.environ.get("NETRC")
    for file in [Path(named)] if named else [Path("~/.netrc"), Path("~/_netrc")]:
        try:
            known = netrc.netrc(str(file.expanduser()))
        except (OSError, RuntimeError, netrc.NetrcParseError):
            continue
        if any(known.authenticators(name) for name in hosts):
            return True
    return False
