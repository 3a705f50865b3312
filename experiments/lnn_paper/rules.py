"""How Cranmer et al. judge their models, and how they should be judged."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from src import rollout
from src.config.trained import Trained
from src.data.simulation import simulate
from src.data.starts import Box
from src.evaluation.coordinates import Translation
from src.evaluation.rollout import judged_copy
from src.integrators.runge_kutta import RungeKutta8
from src.systems.base import System

from .nets import PaperBaseline, PaperLNN

STARTS = 40
HORIZON, POINTS = 100.0, 1001
"""Of the rollouts, in s, and how many times are looked at: 10 in a second."""
STEP = 0.0125
"""Of rollouts of their nets, in s."""
DEEPEST = 29.4
"""The largest potential energy, in J, of which energy errors are told in %."""
FALL = 4.0
"""Of the relativistic particles, in their unit of time: some turn round."""
WAVES, PERIODS = 10, 5.0
"""New waves that are followed, and for how many periods of the longest one."""
FLED = 1e4
"""Error of an energy, in %, beyond which a rollout has broken off."""
NEW = 2000
"""States at which accelerations are judged."""


def known(run: Trained) -> System:
    """Return the system of a run, whose energy is known."""
    system = run.experiment.kinematics
    assert isinstance(system, System)
    return system


def generator() -> torch.Generator:
    """Return what draws the starts: the same for all methods and seeds, and for no data."""
    return torch.Generator().manual_seed(2**31)


def double_pendulum(run: Trained) -> dict[str, list[float]]:
    """Return energy errors of rollouts from near rest, and errors of accelerations.

    ``end`` is at t = 100 as published, ``largest`` the largest until then.
    """
    system, turn = known(run), 2 * math.pi
    rest = Box([0.0] * 4, [turn, turn, 0.1, 0.1], "velocity")
    t = torch.linspace(0.0, HORIZON, POINTS, dtype=torch.float64)
    starts = rest.draw(system, STARTS, generator())
    energy = system.hamiltonian(rollout(in_steps(run), starts, t).x)
    change = 100 * (energy - energy[0]).abs() / DEEPEST
    change = torch.where(change < FLED, change, torch.inf)
    return {
        "end": whole(change[-1]),
        "largest": whole(change.amax(0)),
        "acceleration": whole(acceleration_errors(run)),
    }


def in_steps(run: Trained) -> Trained:
    """Return the run, followed in steps of fixed length if it is one of their nets.

    Those jump where angles are wrapped, and no tolerance lets a long step pass there.
    """
    if not isinstance(run.experiment.model, (PaperLNN, PaperBaseline)):
        return run
    return replace(run, experiment=replace(run.experiment, integrator=RungeKutta8(step=STEP)))


def relativistic(run: Trained) -> dict[str, list[float]]:
    """Return errors of accelerations, and of where rollouts from training starts are, rms."""
    system = known(run)
    starts = drawn(run, STARTS)
    t = torch.linspace(0.0, FALL, POINTS, dtype=torch.float64)
    truth = simulate(system, starts, t, "reference").transpose(0, 1)
    apart = (rollout(run, starts, t).x - truth)[..., 0]
    return {
        "acceleration": whole(acceleration_errors(run)),
        "position": whole(apart.square().mean(0).sqrt()),
    }


def wave(run: Trained) -> dict[str, list[float]]:
    """Return errors of rollouts of new waves: of the field, of the energy and of accelerations.

    Those of the field are rms over time and sites, over the rms of the true one; those of the
    energy the largest change, over the energy; accelerations as the fields.
    """
    system = known(run)
    starts = system.sample_initial(WAVES, generator())
    t = torch.linspace(0.0, PERIODS * system.time_scale, POINTS, dtype=torch.float64)
    truth, x = simulate(system, starts, t, "reference").transpose(0, 1), rollout(run, starts, t).x
    field = slice(0, system.spec.dof)
    energy = system.hamiltonian(x) / system.hamiltonian(starts)
    model = judged_copy(run.experiment.model, torch.device("cpu"))
    dx = (Translation(system, model).reference_rate(starts), system.rate(starts, None))
    ours, theirs = (each[..., system.spec.dof :] for each in dx)
    return {
        "field": whole(relative(x[..., field], truth[..., field], (0, 2))),
        "energy": whole((energy - 1).abs().amax(0)),
        "acceleration": whole(relative(ours, theirs, 1)),
    }


def relative(ours: Tensor, truth: Tensor, over: int | tuple[int, int]) -> Tensor:
    """Return the rms of an error over some axes, in units of the rms of the truth."""
    return ((ours - truth).square().mean(over) / truth.square().mean(over)).sqrt()


def drawn(run: Trained, count: int) -> Float[Tensor, "count state"]:
    """Return new states from where the training motions start."""
    starts = run.experiment.source.starts  # pyright: ignore[reportAttributeAccessIssue]
    return starts.draw(known(run), count, generator())


def acceleration_errors(run: Trained) -> Float[Tensor, " point"]:
    """Return the sum over coordinates of the errors of accelerations, at new training states."""
    system, model = known(run), judged_copy(run.experiment.model, torch.device("cpu"))
    x = drawn(run, NEW)
    ours, theirs = Translation(system, model).reference_rate(x), system.rate(x, None)
    return system.velocity_rate(x, ours - theirs)[..., system.spec.dof :].abs().sum(-1)


def whole(errors: Tensor) -> list[float]:
    """Return the errors; infinite where a rollout broke off."""
    return torch.where(errors.isfinite(), errors, torch.inf).tolist()
