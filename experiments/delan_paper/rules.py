"""How Lutter et al. judge their models: torques of letters that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from src.config.paths import cache_folder
from src.config.trained import Trained
from src.data.simulated import SimulatedData
from src.data.simulation import simulate_driven
from src.evaluation.rollout import judged_copy
from src.mechanics.state import split_state
from src.models.delan import DeLaN
from src.systems.arm_2r import Arm2R

LETTERS = 20
"""New ones, beside the three of the data."""
Force = Callable[[Tensor, Tensor, Tensor], Tensor]
Parts = tuple[Tensor, Tensor, Tensor]
"""Torques of inertia, of Coriolis and centrifugal forces, and of gravity."""


def parts(force: Force, q: Tensor, v: Tensor, a: Tensor) -> Parts:
    """Return the parts of ``force(q, v, a)``, taken apart as in the paper's code."""
    none = torch.zeros_like(q)
    gravity = force(q, none, none)
    return force(q, none, a) - gravity, force(q, v, none) - gravity, gravity


def judge(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the mean squared errors of each letter, summed over the joints."""
    source, system = run.experiment.source, run.experiment.kinematics
    assert isinstance(source, SimulatedData)
    assert isinstance(system, Arm2R)
    test = source.load(system, cache_folder()).test
    assert test.u is not None
    yield "three letters", errors(run, system, test.x, test.u)["torque"]
    yield from errors(run, system, *letters(source, system, test.t[0])).items()


def letters(source: SimulatedData, system: Arm2R, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return states and torques of new letters."""
    generator = torch.Generator().manual_seed(2**31 + source.seed)
    assert source.starts is not None
    starts = source.starts.draw(system, LETTERS, generator)
    law = source.signal.draw(system, LETTERS, generator)
    return simulate_driven(system, starts, t, "reference", law)


def errors(
    run: Trained,
    system: Arm2R,
    x: Float[Tensor, "letter time state"],
    u: Float[Tensor, "letter time inputs"],
) -> dict[str, list[float]]:
    """Return the errors of all torques, and of their parts, of each letter."""
    model = judged_copy(run.experiment.model, torch.device("cpu"))
    assert isinstance(model, DeLaN)
    a = split_state(system.velocity_rate(x, system.rate(x, u)))[1]
    q, v = split_state(system.to_velocity(x))

    def learned(q: Tensor, v: Tensor, a: Tensor) -> Tensor:
        return model.forces(torch.cat((q, v), dim=-1), a)

    def true(q: Tensor, v: Tensor, a: Tensor) -> Tensor:
        state = system.to_canonical(torch.cat((q, v), dim=-1))
        free = split_state(system.velocity_rate(state, system.rate(state)))[1]
        return split_state(system.to_canonical(torch.cat((q, a - free), dim=-1)))[1]

    named = {"torque": learned(q, v, a) - u}
    pairs = zip(parts(learned, q, v, a), parts(true, q, v, a), strict=True)
    for name, (own, right) in zip(("inertial", "Coriolis", "gravity"), pairs, strict=True):
        named[name] = own - right
    return {key: value.square().sum(-1).mean(-1).tolist() for key, value in named.items()}
