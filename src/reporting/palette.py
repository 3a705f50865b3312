"""What colour and name a model has, in every figure and page."""

from __future__ import annotations

from collections.abc import Iterable

TRUTH = "#4d4d4d"
COLORS = {
    "hnn": "#0072B2",
    "lnn": "#009E73",
    "separable_hnn": "#56B4E9",
    "baseline": "#D55E00",
}
"""The palette of Okabe and Ito, which colour-blind readers tell apart; truth is grey."""
_SPARE = ("#CC79A7", "#E69F00", "#8A6A00", "#7B3294")


def color_of(model: str) -> str:
    """Return the colour of a model, the same in every figure."""
    if model in COLORS:
        return COLORS[model]
    return _SPARE[sum(map(ord, model)) % len(_SPARE)]


def colors_of(models: Iterable[str]) -> dict[str, str]:
    """Return a colour for each of some models; two share one only where there are no others.

    Models keep the colour that they have elsewhere, the first come first.
    """
    given: dict[str, str] = {}
    for model in models:
        choice = (color_of(model), *_SPARE, *COLORS.values())
        unused = [color for color in choice if color not in given.values()]
        given.setdefault(model, (unused or choice)[0])
    return given


def name_of(model: str) -> str:
    """Return the name of a model as papers write it."""
    return {"hnn": "HNN", "lnn": "LNN", "separable_hnn": "separable HNN"}.get(model, model)
