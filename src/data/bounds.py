"""Checks of what users type, with messages that name the key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence


def check_number(
    key: str, value: object, unit: str, *, low: float, high: float = math.inf, open_low: bool = True
) -> None:
    """Refuse what is no number between ``low`` and ``high`` (exclusive; ``low`` may be included).

    Raises:
        ValueError: naming the key, the bounds, and the value with its unit.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        inside = low < value < high or (value == low and not open_low)
        if inside and math.isfinite(value):
            return
    bounds = f"above {low:g}" if open_low else f"at least {low:g}"
    bounds += f" and below {high:g}" if math.isfinite(high) else ""
    raise ValueError(f"{key} must be a number {bounds} {unit}".rstrip() + f"; got {value!r}.")


def check_count(key: str, value: object, low: int) -> None:
    """Refuse what is no integer of ``low`` or more.

    Raises:
        ValueError: naming the key and the value.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        raise ValueError(f"{key} must be an integer, {low} or more; got {value!r}.")


def check_choice(key: str, value: object, choices: Sequence[str]) -> None:
    """Refuse what is not among the choices.

    Raises:
        ValueError: naming the key, the choices, and the closest one.
    """
    if value in choices:
        return
    raise ValueError(
        f"{key} must be one of {', '.join(choices)}; got {value!r}{nearest(value, choices)}."
    )


def nearest(value: object, choices: Sequence[str]) -> str:
    """Return `` (did you mean x?)``, or nothing where no choice is close."""
    close = difflib.get_close_matches(str(value), choices, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
