"""Which model drifts least, by how much, and whether the runs can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from .comparison import OF_THE_QUESTION, figure
from .group import Comparison, Group
from .quantities import ENERGY_DRIFT
from .statistics import Ratio, ratio_of_medians

Pair = tuple[str, ...]
"""A question put to several models: system, settings of the data, training seed."""
FEW = 6
"""Fewer pairs than this make an interval too narrow, and the verdict says so."""


@dataclass(frozen=True)
class Contender:
    """A model with its settings, over all systems."""

    name: str
    model: str
    drifts: Mapping[Pair, float]
    """A run's median energy drift, by what was asked; infinite where most rollouts broke off."""

    def on(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the drifts of some pairs."""
        return [self.drifts[pair] for pair in pairs]


@dataclass(frozen=True)
class Against:
    """The leader's drift over another's, on the runs that form pairs."""

    other: Contender
    ratio: Ratio
    by_system: Mapping[str, Ratio]


@dataclass(frozen=True)
class Verdict:
    """The contender that drifts least, and how it compares with each of the others."""

    leader: Contender
    against: Sequence[Against]
    """In order of their drift, the closest first; those without a common pair last."""


def judge(comparison: Comparison) -> Verdict | None:
    """Pair runs over system and seed, and compare the model that drifts least with all others.

    The leader has the smallest median over the pairs that all contenders share; where they share
    none, over its own. None where no run has an energy drift.
    """
    contenders = _contenders(comparison.groups)
    if not contenders:
        return None
    shared = sorted(set.intersection(*(set(one.drifts) for one in contenders)))
    ranked = sorted(contenders, key=lambda one: median(one.on(shared or sorted(one.drifts))))
    leader, *others = ranked
    against = [_against(leader, other) for other in others]
    return Verdict(leader, sorted(against, key=lambda one: one.ratio.pairs == 0))


def _contenders(groups: Sequence[Group]) -> list[Contender]:
    found: dict[tuple[str, str], dict[Pair, list[float]]] = {}
    labels: dict[tuple[str, str], tuple[str, str]] = {}
    for group in groups:
        asked = {k: v for k, v in group.settings.items() if k in OF_THE_QUESTION}
        own = {k: v for k, v in group.settings.items() if k not in asked}
        same = replace(group, settings=own)
        key = (group.model, str(own))
        labels[key] = same.label, same.whole_label
        drifts = found.setdefault(key, {})
        for record in group.records:
            value = figure(record, ENERGY_DRIFT)
            if value is not None:
                pair = (group.system, *asked.values(), record.text("run.seed"))
                drifts.setdefault(pair, []).append(value)
    apart = len({short for short, _ in labels.values()}) == len(labels)
    return [
        Contender(
            labels[key][not apart],
            key[0],
            {pair: median(values) for pair, values in drifts.items()},
        )
        for key, drifts in found.items()
        if drifts
    ]


def _against(leader: Contender, other: Contender) -> Against:
    pairs = sorted(set(leader.drifts) & set(other.drifts))
    systems = dict.fromkeys(pair[0] for pair in pairs)
    return Against(
        other,
        _ratio(leader, other, pairs),
        {name: _ratio(leader, other, [p for p in pairs if p[0] == name]) for name in systems},
    )


def _ratio(leader: Contender, other: Contender, pairs: Sequence[Pair]) -> Ratio:
    return ratio_of_medians(leader.on(pairs), other.on(pairs))
