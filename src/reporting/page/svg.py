"""Small plots as inline SVG: lines and bands over two axes, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 66, 12, 26, 44
"""Room around the axes."""
ACROSS, DOWN = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


@dataclass(frozen=True)
class Line:
    """A curve; it breaks where a value is not finite, or not positive on a log axis."""

    name: str
    x: Array
    y: Array
    color: str
    low: Array | None = None
    high: Array | None = None
    """The band around it."""
    width: float = 2.0
    dash: str = ""


@dataclass(frozen=True)
class Axis:
    """What one direction shows: a label, a range, and whether it is logarithmic."""

    label: str
    low: float
    high: float
    log: bool = False

    @classmethod
    def over(cls, label: str, values: Sequence[Array], *, log: bool = False) -> Axis:
        """Return an axis that holds all finite values; a logarithmic one, in whole decades."""
        held = np.concatenate([np.ravel(one) for one in values])
        held = held[np.isfinite(held) & ((held > 0) | (not log))]
        if not len(held):
            return cls(label, 0.1 if log else 0.0, 1.0, log)
        low, high = float(held.min()), float(held.max())
        if log:
            return cls(label, 10 ** math.floor(math.log10(low)), 10 ** _above(high), log)
        room = 0.04 * (high - low) or 0.5 * abs(high) or 1.0
        return cls(label, low - room, high + room)

    def places(self, values: Array) -> Array:
        """Return where values are, from 0 to 1; NaN where they are nowhere."""
        if not self.log:
            return (values - self.low) / (self.high - self.low)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(np.where(values > 0, values, np.nan))
        low, high = math.log10(self.low), math.log10(self.high)
        return (logs - low) / (high - low)

    @property
    def ticks(self) -> list[float]:
        """Round numbers to write beside the axis."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            every = max(1, math.ceil((high - low) / 6))
            return [
                10.0**k for k in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1, every)
            ]
        step = 10 ** math.floor(math.log10((self.high - self.low) / 2))
        step *= next(k for k in (1, 2, 5, 10) if (self.high - self.low) / (k * step) <= 6)
        first = math.ceil(self.low / step - 1e-9)
        return [step * k for k in range(first, math.floor(self.high / step + 1e-9) + 1)]


def plot(title: str, x: Axis, y: Axis, lines: Sequence[Line], shade: float | None = None) -> str:
    """Return a plot with its legend; ``shade`` marks the part of x up to a value."""
    parts = [_shade(x, shade)] if shade is not None else []
    parts += [_grid(x, y)]
    parts += [_band(line, x, y) for line in lines if line.low is not None]
    parts += [_curve(line, x, y) for line in lines]
    named = {line.name: line for line in lines if line.name}
    legend = "".join(_key(line) for line in named.values())
    middle = (LEFT + WIDTH - RIGHT) / 2
    labels = (
        f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x.label)}</text>'
        f'<text transform="translate(13 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(y.label)}</text>'
    )
    words = ", ".join(named)
    return (
        f"<figure><figcaption><h2>{escape(title)}</h2></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-size="12" '
        f'aria-label="{escape(f"{title}: {y.label} against {x.label}; {words}")}">'
        f"{''.join(parts)}{labels}</svg><p class=note>{legend}</p></figure>"
    )


def _key(line: Line) -> str:
    pen = f"2px {'dashed' if line.dash else 'solid'} {line.color}"
    swatch = f'<span class="swatch" style="border-top:{pen}"></span>'
    return f'<span class="key">{swatch}{escape(line.name)}</span> '


def _grid(x: Axis, y: Axis) -> str:
    lines = []
    for tick, place in zip(x.ticks, x.places(np.array(x.ticks, dtype=float)).tolist(), strict=True):
        at = LEFT + place * ACROSS
        lines.append(
            f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="var(--line)" stroke-width=".6"/>'
            f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick:.4g}</text>'
        )
    for tick, place in zip(y.ticks, y.places(np.array(y.ticks, dtype=float)).tolist(), strict=True):
        at = HEIGHT - BOTTOM - place * DOWN
        lines.append(
            f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="var(--line)" stroke-width=".6"/>'
            f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{tick:.4g}</text>'
        )
    return "".join(lines)


def _shade(x: Axis, end: float) -> str:
    width = float(np.clip(x.places(np.array([end], dtype=float))[0], 0, 1)) * ACROSS
    return (
        f'<rect x="{LEFT}" y="{TOP}" width="{width:.1f}" height="{DOWN}" '
        f'fill="var(--shade)"/><text x="{LEFT + 3}" y="{TOP - 5}" font-size="11">'
        f"shaded: trained on</text>"
    )


def _points(x: Axis, y: Axis, at: Array, values: Array) -> Array:
    places = np.clip(y.places(values), 0, 1)  # NaN stays NaN
    return np.stack([LEFT + x.places(at) * ACROSS, HEIGHT - BOTTOM - places * DOWN], axis=-1)


def _curve(line: Line, x: Axis, y: Axis) -> str:
    points = _points(x, y, line.x, np.where(np.isfinite(line.y), line.y, np.nan))
    words, pen = [], "M"
    for a, b in points.tolist():
        inside = math.isfinite(a) and math.isfinite(b)
        words.append(f"{pen}{a:.1f} {b:.1f}" if inside else "")
        pen = "L" if inside else "M"
    dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    return (
        f'<path class="drawn" d="{"".join(words)}" fill="none" stroke="{line.color}" '
        f'stroke-width="{line.width}" stroke-linejoin="round"{dash}/>'
    )


def _band(line: Line, x: Axis, y: Axis) -> str:
    assert line.low is not None
    assert line.high is not None
    low, high = (
        np.clip(np.nan_to_num(one, nan=y.high, posinf=y.high), y.low, y.high)
        for one in (line.low, line.high)
    )
    there, back = _points(x, y, line.x, low), _points(x, y, line.x[::-1], high[::-1])
    corners = np.concatenate([there, back])
    corners = corners[np.isfinite(corners).all(axis=-1)]
    words = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners.tolist())
    return f'<polygon class="drawn" points="{words}" fill="{line.color}" opacity=".18"/>'


def _above(value: float) -> int:
    return math.floor(math.log10(value) + 1e-9) + 1
