"""Where runs go, and how they are opened there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..atomic import write_text
from ..tracking import CURVES, STEP, Tracking
from .login import resolve_mode, stage
from .tracker import WandbTracker

_MODES = ("auto", "online", "offline")
_ID_FILE = "id.txt"


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
    ) -> WandbTracker:
        """Open the W&B run of a run folder; the same folder always gets the same W&B run.

        A run that is still open in this process is finished first: W&B would hand out that one
        again, and the jobs of a sweep would merge.

        Args:
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
            project=self.project,
            entity=self.entity,
            tags=self.tags or None,
            mode=cast(Any, resolve_mode(self.mode)),
            dir=str(folder),
            name=name,
            group=self.group or group,
            config=dict(config),
            id=saved.read_text(encoding="utf-8").strip(),
            resume="allow",
            settings=wandb.Settings(console="off", silent=True),
        )
        # Lightning's logger defines its steps only for runs that it opened itself.
        run.define_metric(STEP)
        run.define_metric("*", step_metric=STEP, step_sync=True)
        for curve in CURVES:
            run.define_metric(curve.x, hidden=True)
            run.define_metric(curve.y, step_metric=curve.x)
        return WandbTracker(run)


def _of_agent() -> str | None:
    """Return the identity that an agent of a W&B sweep has chosen for the one run it starts."""
    return os.environ.get("WANDB_RUN_ID") if "WANDB_SWEEP_ID" in os.environ else None
