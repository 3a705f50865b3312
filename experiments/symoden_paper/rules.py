"""How Zhong et al. judge their models, and how they should be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from src.config.paths import cache_folder
from src.config.trained import Trained
from src.data.simulated import SimulatedData
from src.data.simulation import simulate_driven
from src.data.trajectories import Trajectories
from src.evaluation.coordinates import Translation
from src.evaluation.rollout import judged_copy, roll_out, true_states
from src.signals.open_loop import Levels
from src.systems.ports import OpenSystem

Seen = Callable[[Trained, Float[Tensor, "motion time state"]], Float[Tensor, "motion time seen"]]
"""What errors are those of, from states in the reference coordinates."""
STARTS = 50
SAMPLES = 40
"""Of predictions: twice those of the training motions, the start included."""


def embedded(
    run: Trained, x: Float[Tensor, "motion time state"]
) -> Float[Tensor, "motion time embedded"]:
    """Return numbers, cosines and sines of angles, and velocities, as the paper's nets see them."""
    system = known(run)
    q, v = system.to_velocity(x).chunk(2, dim=-1)
    angular = torch.tensor(system.spec.angular)
    angles = q[..., angular]
    return torch.cat((q[..., ~angular], angles.cos(), angles.sin(), v), dim=-1)


def plain(
    run: Trained, x: Float[Tensor, "motion time state"]
) -> Float[Tensor, "motion time state"]:
    """Return (q, p) as they are, which the nets of task 1 see."""
    return x


def errors(run: Trained, motions: Trajectories, seen: Seen) -> list[float]:
    """Return the squared error summed over samples and over what is seen, without units.

    Of each motion, followed from its first sample; infinite where a rollout broke off.
    """
    translation = Translation(
        run.experiment.kinematics, judged_copy(run.experiment.model, torch.device("cpu"))
    )
    paths = roll_out(translation, run.experiment.integrator, motions)
    differences = [seen(run, path.model) - seen(run, path.truth) for path in paths]
    sums = torch.cat([difference.square().sum((1, 2)) for difference in differences])
    return torch.where(sums.isfinite(), sums, torch.inf).tolist()


def known(run: Trained) -> OpenSystem:
    """Return the system of a run, whose energy is known."""
    system = run.experiment.kinematics
    assert isinstance(system, OpenSystem)
    return system


def source(run: Trained) -> SimulatedData:
    """Return what the motions of a run are made by."""
    made = run.experiment.source
    assert isinstance(made, SimulatedData)
    return made


def predictions(run: Trained) -> Trajectories:
    """Return motions from new starts, each under every one of the constant inputs."""
    data, system = source(run), known(run)
    assert data.starts is not None
    assert isinstance(data.signal, Levels)
    count = STARTS * data.starts.shared
    starts = data.starts.draw(system, count, torch.Generator().manual_seed(2**31 + data.seed))
    return motions(run, starts, data.signal)


def as_published(run: Trained) -> Trajectories:
    """Return motions from where training motions start, without input: what their code takes."""
    training = source(run).load(known(run), cache_folder()).train
    every = source(run).starts.shared
    return motions(run, true_states(training)[::every, 0], Levels((0.0,)))


def motions(run: Trained, starts: Float[Tensor, "motion state"], signal: Levels) -> Trajectories:
    """Return true motions of :data:`SAMPLES` samples."""
    system, step = known(run), source(run).step
    assert step is not None
    t = step * torch.arange(SAMPLES, dtype=torch.float64)
    law = signal.draw(system, len(starts), torch.Generator())
    x, u = simulate_driven(system, starts, t, "reference", law)
    whole = torch.ones(x.shape[:2], dtype=torch.bool)
    return Trajectories(system.spec, t.expand(len(x), -1), x, whole, clean=x, u=u)


def judge(run: Trained, seen: Seen = embedded) -> Iterator[tuple[str, list[float]]]:
    """Yield all figures of a run."""
    yield "prediction", errors(run, predictions(run), seen)
    yield "as published", errors(run, as_published(run), seen)
    yield "test", errors(run, source(run).load(known(run), cache_folder()).test, seen)
