"""Types of the keys that entry points read themselves. Groups are checked by their constructors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from omegaconf import MISSING, OmegaConf


@dataclass
class TrainSchema:
    """Keys of ``python -m src.train``."""

    seed: int = 0
    resume: str | None = None
    allow_external_targets: bool = False
    cache: str | None = None
    signal: dict[str, Any] = MISSING
    system: dict[str, Any] = MISSING
    model: dict[str, Any] = MISSING
    loss: dict[str, Any] = MISSING
    penalty: dict[str, Any] = field(default_factory=dict)
    integrator: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    optimizer: dict[str, Any] = MISSING
    scheduler: dict[str, Any] = MISSING
    trainer: dict[str, Any] = MISSING
    callbacks: dict[str, Any] = MISSING
    logger: dict[str, Any] = MISSING
    evaluation: dict[str, Any] = MISSING
    performance: dict[str, Any] = MISSING
    sweep: dict[str, Any] = MISSING


@dataclass
class EvaluationOverrides:
    """What a later evaluation may change; None keeps what the run had."""

    horizon: float | None = None
    horizon_over_training: float | None = None
    trajectories: int | None = None
    longer_factor: float | None = None
    geometry_starts: int | None = None


@dataclass
class EvaluateSchema:
    """Keys of ``python -m src.evaluate``."""

    checkpoint: str = MISSING
    allow_external_targets: bool = False
    cache: str | None = None
    integrator: dict[str, Any] | None = None
    system: dict[str, Any] = field(default_factory=dict)
    evaluation: EvaluationOverrides = field(default_factory=EvaluationOverrides)


@dataclass
class SimulateSchema:
    """Keys of ``python -m src.simulate``."""

    cache: str | None = None
    signal: dict[str, Any] = MISSING
    evaluation: dict[str, Any] = MISSING
    optimizer: dict[str, Any] = MISSING
    system: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    performance: dict[str, Any] = MISSING


@dataclass
class CompareSchema:
    """Keys of ``python -m src.compare``."""

    runs: Any = MISSING


@dataclass
class ReportSchema:
    """Keys of ``python -m src.report``."""

    runs: Any = MISSING
    serve: bool = False
    port: int = 8008


@dataclass
class AnimateSchema:
    """Keys of ``python -m src.animate``."""

    run: Any = MISSING
    format: str | None = None


@dataclass
class Filters:
    """Which runs a dashboard shows: a name or a list of names, None for all."""

    system: Any = None
    model: Any = None
    loss: Any = None
    integrator: Any = None


@dataclass
class DashboardSchema:
    """Keys of ``python -m src.dashboard``."""

    project: str = MISSING
    entity: str | None = None
    filters: Filters = field(default_factory=Filters)
    cache: str | None = None


def register() -> None:
    """Make the schemas known to Hydra under the names that the defaults lists use."""
    store = ConfigStore.instance()
    store.store(name="train_schema", node=TrainSchema)
    evaluate = OmegaConf.structured(EvaluateSchema)
    OmegaConf.set_struct(evaluate.system, False)  # its keys are those of the system of the run
    store.store(name="evaluate_schema", node=evaluate)
    store.store(name="simulate_schema", node=SimulateSchema)
    store.store(name="compare_schema", node=CompareSchema)
    store.store(name="report_schema", node=ReportSchema)
    store.store(name="animate_schema", node=AnimateSchema)
    store.store(name="dashboard_schema", node=DashboardSchema)
    Plugins.instance()  # loads plugins, which store options of their own
    # Hydra takes one for the schema of our file of the same name, and then warns of that.
    store.repo["hydra"]["launcher"].pop("joblib.yaml", None)
