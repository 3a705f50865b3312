"""Phase portraits with the level sets of the true and the learned energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .style import TRUTH, Array, color_of, name_of, new_figure, styled, symbol, thin


@dataclass(frozen=True)
class Section:
    """A plane of states through a typical one: a grid of ``q_i`` and ``p_i``, the rest fixed.

    Or of two other components, where the state has no pairs.
    """

    q: Array
    """``[columns]``"""
    p: Array
    """``[rows]``"""
    states: Array
    """``[rows, columns, state]``: where to ask energies for their values."""


def section(paths: Array, typical: Array, *, plane: tuple[int, int], points: int = 81) -> Section:
    """Return the plane of two components that holds all paths, seen from above.

    Args:
        paths: true motions ``[trajectories, time, state]``, which set the size.
        typical: the state ``[state]`` that the other coordinates are fixed at.
        plane: the indices of q and p in the state.
        points: grid points along each side.

    Raises:
        ValueError: if the state has no two such components.
    """
    size = paths.shape[-1]
    if len({*plane} & {*range(size)}) != 2:
        raise ValueError(
            f"a section needs two components of the state; got states of size {size} and "
            f"components {plane}."
        )
    q, p = (_axis(paths[..., column], points) for column in plane)
    states = np.broadcast_to(typical, (points, points, size)).copy()
    states[..., plane[0]], states[..., plane[1]] = np.meshgrid(q, p)
    return Section(q, p, states)


def align(learned: Array, true: Array, most: float) -> Array:
    """Return ``a learned + b``, fitted to the true energy where that is at most ``most``.

    A learned energy is free up to a constant (a Lagrangian up to a factor, too), so that its
    values say nothing before this.
    """
    known = np.isfinite(learned) & np.isfinite(true) & (true <= most)
    if known.sum() < 2:
        return learned
    columns = np.stack((learned[known], np.ones(int(known.sum()))), -1)
    (factor, shift), *_ = np.linalg.lstsq(columns, true[known], rcond=None)
    return factor * learned + shift


@styled
def phase_portrait(
    model: str,
    plane: Section,
    *,
    true_energy: Array | None,
    learned_energy: Array | None,
    path_truth: Array,
    path_model: Array,
    names: tuple[str, str],
    others: str = "",
    title: str = "",
) -> Figure:
    """Draw rollouts over the level sets of the true (grey) and the learned energy.

    Args:
        model: kind of the model.
        plane: the section that the energies were asked on.
        true_energy: ``[rows, columns]``; None where nobody knows it.
        learned_energy: ``[rows, columns]``, in any units; None where the model has none.
        path_truth: the pair (q, p) along true motions ``[trajectories, time, 2]``.
        path_model: the same along the model's motions.
        names: of q and p, such as ``("theta", "p_theta")``.
        others: what the other coordinates are fixed at, for systems with several; empty for one.
        title: what is shown, such as the system's name.
    """
    figure = new_figure(4.0)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    levels = None
    if true_energy is not None:
        levels = _levels(true_energy)
        if learned_energy is not None:
            learned_energy = align(learned_energy, true_energy, levels[-1])
    for axes, path, energy, color in (
        (left, path_truth, true_energy, TRUTH),
        (right, path_model, learned_energy, color_of(model)),
    ):
        if axes is right and true_energy is not None:
            _contour(axes, plane, true_energy, levels, TRUTH, "solid")
        if energy is not None:
            own = _levels(energy) if levels is None else levels
            _contour(axes, plane, energy, own, color, "solid" if axes is left else "dashed")
        _paths(axes, path, color)
        axes.set_xlabel(symbol(names[0]))
        axes.grid(visible=False)
    left.set_ylabel(symbol(names[1]))
    left.set_xlim(plane.q[0], plane.q[-1])
    left.set_ylim(plane.p[0], plane.p[-1])
    left.set_title("truth")
    right.set_title(name_of(model))
    heading = ", at ".join(word for word in (title, others) if word)
    if heading:
        figure.suptitle(heading, fontsize=10)
    _legend(figure, model, true_energy is not None, learned_energy is not None)
    return figure


def _contour(
    axes: Axes, plane: Section, energy: Array, levels: Array | None, color: str, dash: str
) -> None:
    held = energy[np.isfinite(energy)]
    inside = [] if levels is None else [e for e in levels if held.min() < e < held.max()]
    if inside:
        width = 0.7 if dash == "solid" else 1.3
        shown = np.ma.masked_invalid(energy)
        axes.contour(
            plane.q, plane.p, shown, inside, colors=color, linewidths=width, linestyles=dash
        )


def _paths(axes: Axes, path: Array, color: str) -> None:
    for row in thin(len(path), 6):
        axes.plot(*path[row].T, color=color, lw=0.9, alpha=0.55)
        axes.plot(*path[row, 0], "o", color=color, ms=3)


def _legend(figure: Figure, model: str, true: bool, learned: bool) -> None:
    color = color_of(model)
    entries = [Line2D([], [], color=color, alpha=0.55, marker="o", ms=3, label="rollouts")]
    if true:
        entries.append(Line2D([], [], color=TRUTH, lw=0.8, label="levels of the true energy"))
    if learned:
        label = "levels of the learned energy" + (", after a linear fit" if true else "")
        entries.append(Line2D([], [], color=color, lw=1.3, ls="--", label=label))
    figure.legend(handles=entries, loc="outside lower center", ncols=3)


def _levels(energy: Array, count: int = 8) -> Array:
    """Return levels evenly spaced up to the highest that is closed inside of the plane."""
    held = energy[np.isfinite(energy)]
    low, high = np.quantile(held, (0.001, 0.8))  # 0.001: a potential may have a pole
    return low + (high - low) * np.linspace(0.03, 1, count) if high > low else np.array([low])


def _axis(values: Array, points: int) -> Array:
    held = values[np.isfinite(values)]
    low, high = held.min(), held.max()
    margin = 0.2 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, points)
