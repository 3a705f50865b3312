"""Phase portraits with the level sets of the true and the learned energy."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..section import Section
from .style import TRUTH, Array, color_of, name_of, new_figure, styled, symbol, thin


@styled
def phase_portrait(
    model: str,
    plane: Section,
    *,
    true_energy: Array | None,
    learned_energy: Array | None,
    levels: Array,
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
        learned_energy: the same of the model, aligned with the true one; None where it has none.
        levels: of both energies.
        path_truth: the pair (q, p) along true motions ``[trajectories, time, 2]``.
        path_model: the same along the model's motions.
        names: of q and p, such as ``("theta", "p_theta")``.
        others: what the other coordinates are fixed at, for systems with several; empty for one.
        title: what is shown, such as the system's name.
    """
    figure = new_figure(4.0)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, path, energy, color in (
        (left, path_truth, true_energy, TRUTH),
        (right, path_model, learned_energy, color_of(model)),
    ):
        if axes is right and true_energy is not None:
            _contour(axes, plane, true_energy, levels, TRUTH, "solid")
        if energy is not None:
            _contour(axes, plane, energy, levels, color, "solid" if axes is left else "dashed")
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
    axes: Axes, plane: Section, energy: Array, levels: Array, color: str, dash: str
) -> None:
    held = energy[np.isfinite(energy)]
    inside = [e for e in levels if held.min() < e < held.max()]
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
