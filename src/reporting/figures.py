"""The figures of one run: arrays of its evaluation, and what its energies say of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from ..data.trajectories import Trajectories
from ..evaluation.coordinates import Translation
from ..evaluation.disc import carry_disc
from ..evaluation.rollout import judged_copy, true_states
from ..evaluation.scores import learned_energy
from ..integrators.ode_solver import ODESolver
from ..mechanics.hamiltonian import Energy
from ..metrics.energy import kinetic_scale
from ..metrics.trajectory import Ruler
from ..systems.base import Kinematics, System
from .curves import curves_of
from .history import read_metrics, series
from .plots.animation import Parts, Scene, save_animation
from .plots.curves import curves_against_exact
from .plots.dataset import dataset
from .plots.disc import disc_carried
from .plots.energy import Energies, energy_over_time
from .plots.phase import phase_portrait
from .plots.rollout import rollout_against_truth
from .plots.style import save, symbol
from .plots.training import training_curves
from .portrait import Portrait
from .record import Record
from .rollouts import balance
from .subject import Subject

Array = NDArray[np.float64]
MOST_SHOWN = 12
"""Components of a state up to which all are drawn over time."""
FIELDS = ODESolver("dopri8")
"""How the truth moves where a model's integrator is not one of fields."""
DISC_TIMES = 101
DISC_PERIODS = 2.0


def draw(
    subject: Subject, portrait: Portrait | None, metrics: Path, folder: Path
) -> dict[str, Path]:
    """Save every figure that the run has a meaning for as PNG; return the paths by name."""
    figures: dict[str, Callable[[], Figure | None]] = {"curves": lambda: curves_figure(subject)}
    if subject.rolled_out:
        figures |= {
            "energy": lambda: energy_figure(subject),
            "phase_portrait": lambda: phase_figure(portrait, subject),
            "rollout": lambda: rollout_figure(subject),
            "disc": lambda: disc_figure(subject),
        }
    figures["training"] = lambda: training_figure(metrics, subject)
    drawn = {name: make() for name, make in figures.items()}
    return {
        name: save(figure, folder / f"{name}.png")
        for name, figure in drawn.items()
        if figure is not None
    }


def curves_figure(subject: Subject) -> Figure | None:
    """Draw what follows from the energy beside its motions; None for systems without curves."""
    curves = curves_of(Record(Path(), subject.evaluation.record))
    if not curves:
        return None
    return curves_against_exact(curves, subject.kind, title=subject.system)


def energy_figure(subject: Subject) -> Figure | None:
    """Draw energies over time; None for a model without one on a recording."""
    arrays, kinematics = subject.arrays, subject.kinematics
    scale = kinematics.energy_scale if isinstance(kinematics, System) else None
    own = _learned_scale(subject)
    horizon = subject.training_horizon
    true = {
        whose: Energies(balance(arrays, f"true_energy_of_{whose}"), scale)
        for whose in ("model", "truth")
        if scale is not None
    }
    learned = {
        whose: Energies(balance(arrays, f"learned_energy_of_{whose}"), own)
        for whose in ("model", "truth")
        if own is not None
    }
    if not true and not learned:
        return None
    return energy_over_time(
        arrays["t"],
        subject.kind,
        of_model=true.get("model"),
        # Along a recording, the learned energy tells what the recording itself loses.
        of_truth=true.get("truth") or learned.get("truth"),
        learned=learned.get("model"),
        # A held-out recording may be shorter than what was trained on: then nothing lies beyond.
        training_horizon=horizon if horizon < arrays["t"][-1] else None,
        of_reference="true energy along the truth"
        if true
        else "learned energy along the recording",
        title=subject.system
        + (", beyond what impacts do" if "true_energy_of_model_by_impacts" in arrays else ""),
        time_unit=subject.kinematics.time_unit,
    )


def phase_figure(portrait: Portrait | None, subject: Subject) -> Figure | None:
    """Draw a portrait; None where there is none."""
    if portrait is None:
        return None
    return phase_portrait(
        subject.kind,
        portrait.plane,
        true_energy=portrait.true_energy,
        learned_energy=portrait.learned_energy,
        levels=portrait.levels,
        path_truth=portrait.path_truth,
        path_model=portrait.path_model,
        names=portrait.names,
        others=_others(portrait),
        title=subject.system,
    )


def _others(portrait: Portrait) -> str:
    """Return what the other coordinates are fixed at, in few words."""
    words = [f"{symbol(name)} = {value:.2g}" for name, value in portrait.fixed.items()]
    return ", ".join(words[:4] + ["..."] * (len(words) > 4))


def rollout_figure(subject: Subject) -> Figure:
    """Draw the first rollout beside its truth; of many components, some evenly chosen ones."""
    arrays, spec = subject.arrays, subject.kinematics.spec
    shown = list(range(spec.size))
    if spec.size > MOST_SHOWN and spec.paired:
        chosen = np.linspace(0, spec.dof - 1, MOST_SHOWN // 2).astype(int).tolist()
        shown = [*chosen, *(spec.dof + i for i in chosen)]
    elif spec.size > MOST_SHOWN:
        shown = np.linspace(0, spec.size - 1, MOST_SHOWN).astype(int).tolist()
    return rollout_against_truth(
        arrays["t"],
        arrays["truth"][0][:, shown],
        arrays["model"][0][:, shown],
        subject.kind,
        names=[spec.names[i] for i in shown],
        training_horizon=subject.training_horizon,
        title=subject.system,
        time_unit=subject.kinematics.time_unit,
    )


def disc_figure(subject: Subject) -> Figure | None:
    """Draw a disc of starts carried along; None where momenta are unknown."""
    arrays, spec = subject.arrays, subject.kinematics.spec
    period = subject.evaluation.record["scales"]["time"]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
    assert isinstance(period, float)
    end = min(DISC_PERIODS * period, float(arrays["t"][-1]))
    truth = torch.from_numpy(arrays["truth"])
    times = torch.linspace(0, end, DISC_TIMES, dtype=torch.float64)
    along_truth = subject.integrator
    if subject.model.learns == "map":  # it moves at the times of its step, and the truth does not
        times = torch.from_numpy(arrays["t"])
        times = times[: int((times <= end).sum().clamp(min=2))]
        along_truth = FIELDS
    disc = carry_disc(
        subject.model,
        subject.kinematics,
        subject.integrator,
        along_truth,
        truth[0, 0],
        Ruler.of(truth, spec),
        times,
    )
    if disc is None:
        return None
    pair = [disc.plane, spec.dof + disc.plane]

    def shadow(path: Tensor | None) -> Array | None:
        return None if path is None else path[..., pair].numpy()

    model = shadow(disc.model)
    assert model is not None
    return disc_carried(
        disc.t.numpy(),
        shadow(disc.truth),
        model,
        None if disc.truth_area is None else disc.truth_area.numpy(),
        disc.model_area.numpy(),
        subject.kind,
        names=(spec.names[pair[0]], spec.names[pair[1]]),
        quantity="area" if spec.dof == 1 else "sum of projected areas",
        title=subject.system,
        time_unit=subject.kinematics.time_unit,
    )


def training_figure(metrics: Path, subject: Subject) -> Figure | None:
    """Draw losses and the drift that was watched; None if training wrote nothing."""
    if not metrics.is_file():
        return None
    columns = read_metrics(metrics)

    def curves(names: dict[str, str]) -> dict[str, tuple[Array, Array]]:
        found = {label: series(columns, name) for label, name in names.items()}
        return {label: curve for label, curve in found.items() if curve is not None}

    losses = curves({"training": "train/loss", "validation": "validation/loss"})
    drifts = curves({"validation": "validation/energy_drift"})
    title = f"{subject.system}, {subject.kind}"
    return training_curves(losses, drifts or None, title=title) if losses else None


def dataset_figure(motions: Trajectories, kinematics: Kinematics, system: str) -> Figure:
    """Draw a data set: what was measured, and the motions behind it where they are known."""
    mask, spec = motions.mask.unsqueeze(-1), motions.spec
    # Of many components that are no pairs, neighbours show the same: take some far apart.
    apart = 1 if spec.paired else -(-spec.size // 4)
    observed = torch.where(mask, motions.x, torch.nan)
    return dataset(
        motions.t.numpy(),
        observed.numpy(),
        clean=None
        if motions.clean is None
        else torch.where(mask, motions.clean, torch.nan).numpy(),
        names=spec.names,
        planes=spec.planes[::apart],
        title=system,
        time_unit=kinematics.time_unit,
    )


def film(system: System, motions: Trajectories, name: str, file: Path) -> Path:
    """Write a film of the first motion, as a person would draw the system."""
    x = true_states(motions)[0, motions.mask[0]]
    sketch = system.sketch(x)
    return save_animation(
        file,
        motions.t[0, motions.mask[0]].numpy(),
        [Scene(name, sketch.points.numpy())],
        Parts(sketch.links, sketch.fixed, sketch.axes, sketch.trails),
        time_unit=system.time_unit,
    )


def _learned_scale(subject: Subject) -> float | None:
    """Return the energy that counts as 1 for the learned energy: see ``metrics.energy``."""
    model = judged_copy(subject.model, torch.device("cpu"))
    truth = torch.from_numpy(subject.arrays["truth"])
    states = Translation(subject.kinematics, model).to_model(truth)
    energy: Energy | None = learned_energy(model, states)
    return None if energy is None else kinetic_scale(energy, states, model.coordinates)
