"""Which columns of a table are positions, which are velocities."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import cast

from .bounds import nearest

_TIMES = ("t", "time")
_TRIALS = ("trial", "trajectory", "run", "episode")
_ROLE = re.compile(r"([qvpau])(\d+|_\w+)?")
_RATE = re.compile(r"(v|w|vel|velocity|omega|speed)(\d+|_\w+)?|\w+_?(dot|vel|velocity|speed)")


@dataclass(frozen=True)
class Columns:
    """Names of columns by what they hold; numbers, from 1, for columns without a name.

    What is left empty is found by convention: the time is ``t`` or ``time``, the trial ``trial``,
    ``trajectory``, ``run`` or ``episode``. Of the others,

    - if one is called ``q``, ``q1`` or ``q_...``, all must start with their letter in this way;
    - a single one is the position;
    - of an even number, whose second half have names of velocities (``v``, ``w``, ``omega``,
      ``speed``, with an index or not, ``..._dot``, or ``d`` or ``v`` before the name of the
      position), the first half are the positions and the second half their velocities, in order.

    Everything else is refused.
    """

    trial: str = ""
    time: str = ""
    q: tuple[str, ...] = ()
    v: tuple[str, ...] = ()
    p: tuple[str, ...] = ()
    a: tuple[str, ...] = ()
    u: tuple[str, ...] = ()


KEYS = tuple(field.name for field in fields(Columns))


def named_columns(mapping: Mapping[str, object] | None) -> Columns:
    """Return ``data.columns`` as names; a single name or number may stand for a list.

    Raises:
        ValueError: if a key is unknown, or trial and time are not one column.
    """
    chosen: dict[str, object] = {}
    for key, value in (mapping or {}).items():
        if key not in KEYS:
            raise ValueError(
                f"data.columns must have keys among {', '.join(KEYS)}; "
                f"got {key!r}{nearest(key, KEYS)}."
            )
        if value is None:
            continue
        single = isinstance(value, (str, int))
        names = (str(value),) if single else tuple(str(v) for v in cast(Sequence[object], value))
        if key in ("trial", "time") and len(names) != 1:
            raise ValueError(f"data.columns.{key} must be one column; got {list(names)}.")
        chosen[key] = names[0] if key in ("trial", "time") else names
    return Columns(**chosen)  # pyright: ignore[reportArgumentType]


def assign(file: str, names: Sequence[str], chosen: Columns) -> Columns:
    """Return the role of each column, as chosen or else by the conventions of :class:`Columns`.

    Raises:
        ValueError: if a chosen column does not exist, or the columns cannot be told apart, with the
            columns found and what to type.
    """
    for key in KEYS:
        value = getattr(chosen, key)
        for name in (value,) if isinstance(value, str) else value:
            if name and name not in names:
                raise ValueError(
                    f"data.columns.{key} must name a column of {file}; got {name!r}"
                    f"{nearest(name, names)}. Columns: {', '.join(names)}."
                )
    time = chosen.time or _first(names, _TIMES)
    trial = chosen.trial or _first(names, _TRIALS)
    if not time:
        raise ValueError(
            f"{file} must have a column of times, called t or time; columns: {', '.join(names)}. "
            f"Name it with data.columns.time=<column>."
        )
    roles = replace(chosen, time=time, trial=trial)
    if not chosen.q:
        rest = [name for name in names if name not in (time, trial)]
        roles = _by_convention(file, rest, roles)
    for key in ("v", "p", "a"):
        count = len(getattr(roles, key))
        if count not in (0, len(roles.q)):
            raise ValueError(
                f"{file} must have one column of {key} for each of the {len(roles.q)} positions "
                f"{', '.join(roles.q)}; got {count}: {', '.join(getattr(roles, key))}."
            )
    return roles


def _first(names: Sequence[str], known: Sequence[str]) -> str:
    return next((name for name in names if name.lower() in known), "")


def _by_convention(file: str, rest: Sequence[str], roles: Columns) -> Columns:
    letters = [match.group(1) if (match := _ROLE.fullmatch(name)) else "" for name in rest]
    if "q" in letters and all(letters):
        found = {
            key: tuple(name for name, letter in zip(rest, letters, strict=True) if letter == key)
            for key in "qvpau"
        }
        return replace(roles, **{key: getattr(roles, key) or found[key] for key in "qvpau"})
    half = len(rest) // 2
    q, v = tuple(rest[:half]), tuple(rest[half:])
    if len(rest) == 1:
        return replace(roles, q=v)
    if rest and len(q) == len(v) and all(map(_is_rate, v, q)) and not any(map(_is_rate, q, v)):
        return replace(roles, q=q, v=v)
    raise ValueError(
        f"{file}: positions and velocities cannot be told apart among the columns "
        f"{', '.join(rest) or '(none)'}. Name them, such as data.columns.q=[{', '.join(q) or 'x'}] "
        f"data.columns.v=[{', '.join(v) or 'v'}]; without v, velocities are estimated from q."
    )


def _is_rate(name: str, position: str) -> bool:
    """Whether a name looks like that of a velocity of this position."""
    name, position = name.lower(), position.lower()
    return bool(_RATE.fullmatch(name)) or name in (f"d{position}", f"v{position}", f"{position}d")
