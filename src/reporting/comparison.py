"""Many runs side by side: seeds of the same question become one group with error bars."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .group import BASELINE, Comparison, Group, telling
from .quantities import ENERGY_DRIFT, SHOWN, Quantity
from .record import Record
from .statistics import Statistic, summarise

OF_THE_QUESTION = (
    "data.seed",
    "data.trajectories",
    "data.noise",
    "data.step",
    "data.horizon",
    "rollout.horizon_over_training",
)
"""What all models must share for their figures to be comparable."""
_OF_THE_ANSWER = ("run.performance", "run.dtype", "run.device")
_BROUGHT_BY_THE_MODEL = ("run.loss", "run.integrator")
"""What a model chooses unless told: it parts the runs of a model, and need not part models."""
_ASKED_OF_THE_MODEL = ("run.penalty",)
"""What is added to its loss: models that need none of it stand beside those that get some."""
_OF_THE_MODEL = ("train.parameters",)

Settings = Mapping[Path, Mapping[str, Any]]
"""By a record's folder: what its configuration says beyond the record, such as ``optimizer.lr``."""


def compare(records: Sequence[Record], settings: Settings | None = None) -> Comparison:
    """Group runs by system, model and whatever else differs, and summarise each over its seeds.

    Args:
        records: the runs.
        settings: what their configurations say beyond the records; without ``seed`` and paths,
            which differ from run to run by nature.

    Raises:
        ValueError: if there are no records.
    """
    if not records:
        raise ValueError("a comparison needs one run at least; got none.")
    extra = settings or {}
    varying = _varying(records, extra)
    cells: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        values = (_setting(record, extra, name) for name in varying)
        cells.setdefault((*_cell(record), *values), []).append(record)
    order = sorted(cells, key=lambda key: (key[0], key[1] == BASELINE, key[1:]))
    drifts = {key: _statistic(cells[key], ENERGY_DRIFT).median for key in order}
    told = telling(order, varying, derived=_OF_THE_MODEL)
    groups = [
        _group(key, cells[key], varying, _ratio(key, drifts, varying, extra), told) for key in order
    ]
    return Comparison(groups, _notes(records, groups))


def _group(
    key: tuple[str, ...],
    records: list[Record],
    varying: Sequence[str],
    ratio: float | None,
    told: Sequence[str],
) -> Group:
    records = sorted(records, key=lambda record: (record.value("run.seed") or 0, record.folder))
    return Group(
        system=key[0],
        model=key[1],
        settings=dict(zip(varying, key[2:], strict=True)),
        records=records,
        statistics={quantity.name: _statistic(records, quantity) for quantity in SHOWN},
        non_finite=_total(records, "rollout.non_finite"),
        rollouts=_total(records, "rollout.trajectories"),
        drift_ratio=ratio,
        told=told,
    )


def _ratio(
    key: tuple[str, ...],
    drifts: Mapping[tuple[str, ...], float | None],
    varying: Sequence[str],
    extra: Settings,
) -> float | None:
    """Return the drift over that of the baseline that was asked the same question.

    Where several baselines were, the one with all settings in common; else none: a ratio to an
    arbitrary one would be worse than no ratio.
    """
    question = [i for i, name in enumerate(varying, start=2) if name in OF_THE_QUESTION]
    baselines = [
        other
        for other in drifts
        if other[:2] == (key[0], BASELINE) and all(other[i] == key[i] for i in question)
    ]
    if len(baselines) > 1:
        own = [i for i, name in enumerate(varying, start=2) if name not in _OF_THE_MODEL]
        baselines = [other for other in baselines if all(other[i] == key[i] for i in own)]
    if len(baselines) != 1:
        return None
    mine, theirs = drifts[key], drifts[baselines[0]]
    return mine / theirs if mine is not None and theirs else None


def _varying(records: Sequence[Record], extra: Settings) -> tuple[str, ...]:
    """Return the settings that differ within a system (sizes and such: within a model, too)."""
    scopes: dict[str, Callable[[Record], tuple[str, ...]]] = {}
    scopes |= dict.fromkeys(OF_THE_QUESTION + _OF_THE_ANSWER, _system)
    own = _BROUGHT_BY_THE_MODEL + _ASKED_OF_THE_MODEL + _OF_THE_MODEL
    scopes |= dict.fromkeys(own, _cell)
    for given in extra.values():
        for name in given:
            scopes.setdefault(name, _cell)
    return tuple(
        name
        for name, scope in scopes.items()
        if len({(scope(record), _setting(record, extra, name)) for record in records})
        > len({scope(record) for record in records})
    )


def _setting(record: Record, extra: Settings, name: str) -> str:
    given = extra.get(record.folder, {})
    return str(given[name]) if name in given else record.text(name)


def _system(record: Record) -> tuple[str, ...]:
    return (record.text("run.system"),)


def _cell(record: Record) -> tuple[str, ...]:
    return record.text("run.system"), record.text("run.model")


def _statistic(records: Iterable[Record], quantity: Quantity) -> Statistic:
    return summarise([figure(record, quantity) for record in records])


def figure(record: Record, quantity: Quantity) -> float | None:
    """Return a run's median; infinite for the drift of a run most of whose rollouts broke off.

    Null would take the worst runs out of their group's statistics.
    """
    value = record.median(quantity.path)
    known = quantity is ENERGY_DRIFT and record.value("scales.energy") is not None
    lost, count = record.value("rollout.non_finite"), record.value("rollout.trajectories")
    if value is None and known and lost and count and 2 * lost >= count:
        return math.inf
    return value


def _total(records: Iterable[Record], path: str) -> int:
    return int(sum(record.value(path) or 0 for record in records))


def _notes(records: Sequence[Record], groups: Sequence[Group]) -> list[str]:
    notes = []
    for group in groups:
        repeated = sorted(seed for seed, count in Counter(group.seeds).items() if count > 1)
        if repeated:
            notes.append(
                f"{group.system}, {group.label}: several runs with seed {', '.join(repeated)}; "
                f"they are counted as seeds, so the interval is too narrow if they are the same "
                f"run twice, and mixes two questions if their configurations differ."
            )
        drift = group.statistics[ENERGY_DRIFT.name]
        if drift.broken:
            notes.append(
                f"{group.system}, {group.label}: in {drift.broken} of {len(group.records)} runs "
                f"most rollouts broke off; their drift ranks as infinite, so there is no mean."
            )
        if drift.missing and drift.count:
            notes.append(
                f"{group.system}, {group.label}: {drift.missing} of {len(group.records)} runs have "
                f"no energy drift and are left out of its statistics."
            )
    states = Counter(record.text("run.status") for record in records)
    if len(states) > 1:
        words = ", ".join(f"{count} {state}" for state, count in states.most_common())
        notes.append(f"runs ended differently: {words}.")
    return notes
