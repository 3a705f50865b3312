"""A model let go from the starts of true motions."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..data.trajectories import Trajectories
from ..integrators.base import Integrator, Path, integrate_surviving
from ..integrators.events import WithImpacts
from ..integrators.held import integrate_held
from ..mechanics.impacts import Impacts
from ..models.base import Dynamics
from ..systems.base import System
from .coordinates import Translation


@dataclass(frozen=True)
class Rollout:
    """Several motions on one time grid: what was, and what the model made of it. float64."""

    rows: Int[Tensor, " trajectories"]
    """Which motions of the test set these are."""
    t: Float[Tensor, " time"]
    """Times, in s."""
    truth: Float[Tensor, "trajectories time state"]
    """The true motion, or the recorded one; in the reference coordinates."""
    model: Float[Tensor, "trajectories time state"]
    """The motion of the model from the same starts, in the reference coordinates."""
    truth_states: Float[Tensor, "trajectories time state"]
    """The true motion in the coordinates of the model, for its energy."""
    model_states: Float[Tensor, "trajectories time state"]
    """The motion of the model in its own coordinates."""
    u: Float[Tensor, "trajectories time inputs"] | None
    """The inputs of both, held from sample to sample; None for motions without."""
    truth_impact_work: Float[Tensor, "trajectories time"]
    """How much impacts have changed the energy along the true motion by then, in J."""
    model_impact_work: Float[Tensor, "trajectories time"]
    """The same along the motion of the model, in the true energy."""
    model_impacts: Impacts | None
    """The impacts of the model, in its own coordinates; None where nothing interrupts a motion."""
    field_evaluations: int
    seconds: float

    def learned_impact_work(
        self, energy: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "trajectories time"]:
        """Return how much the impacts have changed an energy of the model's states by then."""
        return _work(self.model_impacts, energy, self.model)

    @property
    def horizon(self) -> float:
        """Length of the motions, in s."""
        return float(self.t[-1] - self.t[0])


def judged_copy(model: Dynamics, device: torch.device) -> Dynamics:
    """Return the model in float64, frozen, as every evaluation uses it; the original stays."""
    return copy.deepcopy(model).to(device=device, dtype=torch.float64).eval().requires_grad_(False)


def roll_out(
    translation: Translation, integrator: Integrator, test_set: Trajectories
) -> list[Rollout]:
    """Follow the model from the first sample of every true motion through all its times.

    The system's own impacts interrupt the model too: it learns what is smooth. Motions that share
    their times are followed together, the others one by one. Those with one
    sample only hold no motion and are left out.

    Raises:
        ValueError: if no motion has two samples.
    """
    rollouts = [
        _roll_out_together(translation, integrator, test_set, rows, length)
        for rows, length in _grids(test_set)
        if length > 1
    ]
    if not rollouts:
        raise ValueError(
            f"a test set must hold motions of two samples at least; got {len(test_set)} motions, "
            f"none of which is that long."
        )
    return rollouts


def let_go(
    translation: Translation,
    integrator: Integrator,
    x0: Float[Tensor, "*batch state"],
    t: Float[Tensor, " time"],
) -> Path:
    """Follow the model, with the impacts of its system, from states in its own coordinates.

    NaN from where a motion could not be continued.
    """
    impact = translation.impact()
    if impact is not None:
        integrator = WithImpacts(integrator, impact)
    return integrate_surviving(integrator, translation.motion, x0, t)


def _grids(test_set: Trajectories) -> Iterator[tuple[Tensor, int]]:
    """Yield the rows that share a time grid, and the number of samples on it."""
    groups: dict[bytes, list[int]] = {}
    for row, (t, mask) in enumerate(zip(test_set.t, test_set.mask, strict=True)):
        groups.setdefault(t[mask].cpu().numpy().tobytes(), []).append(row)
    for rows in groups.values():
        yield torch.tensor(rows), int(test_set.mask[rows[0]].sum())


def _roll_out_together(
    translation: Translation,
    integrator: Integrator,
    test_set: Trajectories,
    rows: Tensor,
    length: int,
) -> Rollout:
    t = test_set.t[rows[0], :length]
    truth = true_states(test_set)[rows, :length]
    truth_states = translation.to_model(truth)
    start = time.perf_counter()
    u = None if test_set.u is None else test_set.u[rows, :length]
    if u is None:
        path = let_go(translation, integrator, truth_states[:, 0], t)
    else:
        path = integrate_held(integrator, translation.motion, truth_states[:, 0], t, u)
    seconds = time.perf_counter() - start
    model_states = path.x.transpose(0, 1)
    system = translation.kinematics
    nothing = torch.zeros_like(truth[..., 0])
    given = test_set.impact_work
    return Rollout(
        rows=rows,
        t=t,
        truth=truth,
        model=translation.to_reference(model_states),
        truth_states=truth_states,
        model_states=model_states,
        u=u,
        truth_impact_work=nothing if given is None else given[rows, :length],
        model_impact_work=_work(
            path.impacts, lambda x: system.hamiltonian(translation.to_reference(x)), truth
        )
        if isinstance(system, System)
        else nothing,
        model_impacts=path.impacts,
        field_evaluations=path.field_evaluations,
        seconds=seconds,
    )


def _work(
    impacts: Impacts | None,
    energy: Callable[[Tensor], Tensor],
    motions: Float[Tensor, "trajectories time state"],
) -> Float[Tensor, "trajectories time"]:
    """Return how much impacts have changed an energy along motions."""
    if impacts is None:
        return torch.zeros_like(motions[..., 0])
    return impacts.change(energy, *motions.shape[:2])


def true_states(test_set: Trajectories) -> Float[Tensor, "trajectories time state"]:
    """Return the noise-free states where they are known, the recorded ones otherwise."""
    return test_set.x if test_set.clean is None else test_set.clean
