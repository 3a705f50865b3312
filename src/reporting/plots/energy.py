"""Energy over time, of truth and model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import (
    TRUTH,
    Array,
    color_of,
    legend,
    mark_training,
    name_of,
    new_figure,
    quantile,
    styled,
    thin,
    time_label,
)

_FLOOR = 1e-12
"""Smaller changes are drawn here: they are the rounding of float64, not physics."""


@dataclass(frozen=True)
class Energies:
    """One energy along several motions."""

    values: Array
    """``[trajectories, time]``; NaN where a rollout had no state left."""
    scale: float
    """The energy that counts as 1."""

    @property
    def change(self) -> Array:
        """``(H(x(t)) - H(x(0))) / scale``."""
        return (self.values - self.values[:, :1]) / self.scale


@styled
def energy_over_time(
    t: Array,
    model: str,
    *,
    of_model: Energies | None,
    of_truth: Energies | None,
    learned: Energies | None,
    training_horizon: float | None,
    of_reference: str = "true energy along the truth",
    title: str = "",
    time_unit: str = "s",
) -> Figure:
    """Draw the change of energy from the start, with its sign above and its size below.

    Args:
        t: times ``[time]``.
        model: kind of the model, which decides its colour.
        of_model: the true energy along the model's motions; None where nobody knows it.
        of_truth: the true energy along the reference motions: what the reference is worth.
        learned: the learned energy along the model's motions; None where the model has none.
        training_horizon: length of the training motions.
        of_reference: what the energy of the reference motions is called.
        title: what is shown, such as the system's name.
        time_unit: the unit of all times; empty for natural units.

    Raises:
        ValueError: if there is no energy to draw.
    """
    if of_model is None and learned is None:
        raise ValueError(
            "an energy figure needs the true energy along the model's motion, or a learned one; "
            "got neither."
        )
    figure = new_figure(5.0)
    signed, size = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.25))
    curves = [
        (of_truth, TRUTH, "-", of_reference),
        (of_model, color_of(model), "-", f"true energy along the {name_of(model)}'s motion"),
        (learned, "#CC79A7", "--", f"learned energy along the {name_of(model)}'s motion"),
    ]
    for energies, color, dash, label in curves:
        if energies is not None:
            if energies is of_truth:
                label += f" (at most {np.nanmax(abs(energies.change)):.0e})"
            _draw(signed, size, t, energies, color, dash, label)
    signed.axhline(0, color=TRUTH, lw=0.8)
    signed.set_ylabel(r"$(H - H_0)$ / scale")
    size.set(xlabel=time_label(time_unit), ylabel=r"$|H - H_0|$ / scale", yscale="log")
    size.set_xlim(t[0], t[-1])
    # A reference that keeps its energy is a line at zero; a recording that loses some is the point.
    shown = (of_model, learned) if of_model is not None else (of_truth, learned)
    _limit(signed, [e for e in shown if e is not None])
    low, high = size.get_ylim()
    size.set_ylim(max(low, _FLOOR / 2), min(high, 1e3))
    mark_training(signed, training_horizon)
    mark_training(size, training_horizon)
    signed.set_title(title, loc="right")
    legend(figure, [size], training_horizon)
    return figure


def _draw(
    signed: Axes, size: Axes, t: Array, energies: Energies, color: str, dash: str, label: str
) -> None:
    change = energies.change
    count = len(change)
    faint = 0.35 if count > 4 else 0.6
    for row in change[thin(count)]:
        signed.plot(t, row, color=color, ls=dash, lw=0.6, alpha=faint)
        size.plot(t[1:], _positive(row)[1:], color=color, ls=dash, lw=0.5, alpha=faint)
    signed.plot(t, _finite(quantile(change, 0.5)), color=color, ls=dash, lw=1.8)
    middle = _positive(quantile(abs(change), 0.5))
    size.plot(t[1:], middle[1:], color=color, ls=dash, lw=1.8, label=label)


def _limit(axes: Axes, energies: list[Energies]) -> None:
    """Keep most rollouts in sight where one runs away."""
    reach = max(float(np.max(_finite(quantile(abs(e.change), 0.8)), initial=0)) for e in energies)
    if np.isfinite(reach) and reach > 0:
        axes.set_ylim(-1.15 * reach, 1.15 * reach)


def _positive(values: Array) -> Array:
    return np.where(np.isfinite(values), np.maximum(abs(values), _FLOOR), np.nan)


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)
