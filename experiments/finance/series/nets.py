"""Forecasts by neural nets: a conservative law of (y, dy/dt), and a drift with a diffusion.

A net goes on from its weights and scales at each refit. Times are in samples.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from src.integrators.ode_solver import ODESolver
from src.losses.derivative import DerivativeLoss
from src.losses.euler_lagrange import EulerLagrangeLoss
from src.mechanics.state import StateSpec
from src.models.base import Dynamics
from src.models.hnn import HNN
from src.models.lnn import LNN
from src.models.mlp import MLP

from .data import Array

WIDTH, DEPTH = 32, 2
RATE, DECAY = 3e-3, 1e-3
STEPS, LATER = 1000, 30
"""Most steps of the optimizer in the first fit, and in one that goes on from it."""
HELD_OUT = 5
"""The latest of so many parts of the past tells when to stop."""
BATCH = 256
"""Samples of a step."""
EVERY = 10
"""Steps between two looks at them."""
PATIENCE = 8
"""Looks without a better one, after which a fit ends."""
SOLVER = ODESolver(method="rk4", step=0.5)


def settings() -> str:
    """Return all that a fit depends on beside its data and its seed."""
    numbers = (WIDTH, DEPTH, RATE, DECAY, STEPS, LATER, HELD_OUT, BATCH, EVERY, PATIENCE)
    return f"{numbers} {SOLVER}"


def improve(model: nn.Module, loss: Callable[[Tensor], Tensor], count: int, steps: int) -> None:
    """Take steps on the older samples, and keep the weights that did best on the latest ones."""
    older, latest = torch.arange(count).tensor_split([count - count // HELD_OUT])
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    best, kept, looks = math.inf, copy.deepcopy(model.state_dict()), 0
    for step in range(steps + 1):
        if step % EVERY == 0:
            judged, looks = float(loss(latest).detach()), looks + 1
            if judged < best:
                best, kept, looks = judged, copy.deepcopy(model.state_dict()), 0
            if looks == PATIENCE:
                break
        optimizer.zero_grad()
        loss(older[torch.randint(len(older), (min(BATCH, len(older)),))]).backward()
        optimizer.step()
    model.load_state_dict(kept)


@dataclass
class Net(ABC):
    """A net of one series, its box, and how often a forecast had to be put back into it."""

    seed: int = 0
    model: nn.Module | None = field(default=None, init=False)
    box: tuple[float, float] = field(default=(-np.inf, np.inf), init=False)
    clipped: int = field(default=0, init=False)
    """Forecasts that left the box, or were not finite and became the value at the origin."""

    def fit(self, past: Array) -> None:
        """Begin a net, or go on with the one that there is."""
        spread = past.std()
        self.box = (float(past.min() - spread), float(past.max() + spread))
        y = torch.tensor(past, dtype=torch.float64)
        first = self.model is None
        with torch.random.fork_rng():
            torch.manual_seed(10**6 * self.seed + len(past))
            if self.model is None:
                self.model = self.begin(y).double()
            loss, count = self.loss(y)
            improve(self.model, loss, count, STEPS if first else LATER)

    def predict(self, past: Array, origins: Array, horizons: tuple[int, ...]) -> Array:
        """Return forecasts ``[origin, horizon]``, none further out of the box than its origin."""
        y = torch.tensor(past, dtype=torch.float64)
        with torch.no_grad():
            path = self.path(y[origins - 1], y[origins], horizons[-1]).numpy()
        found = path[list(horizons)].T
        now = past[origins, None]
        whole, (low, high) = np.where(np.isfinite(found), found, now), self.box
        kept = np.clip(whole, np.minimum(low, now), np.maximum(high, now))
        self.clipped += int((kept != found).sum())
        return kept

    @abstractmethod
    def begin(self, y: Tensor) -> nn.Module:
        """Return an untrained net with the scales of a past."""

    @abstractmethod
    def loss(self, y: Tensor) -> tuple[Callable[[Tensor], Tensor], int]:
        """Return the loss of some samples of a past, and how many there are."""

    @abstractmethod
    def path(self, before: Tensor, now: Tensor, steps: int) -> Tensor:
        """Return where it goes from the last two samples, ``[step, origin]``, from now on."""


class _Conservative(Net):
    """An energy of (y, dy/dt), as if a price were a pendulum: the naive use.

    Velocities and accelerations are central differences inside the past; a forecast starts with the
    last backward difference, as nothing else is known then.
    """

    make: type[HNN] | type[LNN]
    measure: DerivativeLoss | EulerLagrangeLoss

    def begin(self, y: Tensor) -> Dynamics:
        model = self.make(StateSpec(("y",), (False,)), width=WIDTH, depth=DEPTH).double()
        model.fit_scaling(*self._samples(y))
        return model

    def loss(self, y: Tensor) -> tuple[Callable[[Tensor], Tensor], int]:
        x, dx = (part.unsqueeze(1) for part in self._samples(y))
        t = torch.zeros(len(x), 1, dtype=x.dtype)
        return lambda part: self.measure(self.model, SOLVER, t[part], x[part], dx[part]), len(x)

    def path(self, before: Tensor, now: Tensor, steps: int) -> Tensor:
        times = torch.arange(steps + 1, dtype=now.dtype)
        x = torch.stack((now, now - before), dim=-1)
        return SOLVER.integrate(self.model, x, times).x[..., 0]

    @staticmethod
    def _samples(y: Tensor) -> tuple[Tensor, Tensor]:
        velocity, acceleration = (y[2:] - y[:-2]) / 2, y.diff(n=2)
        return torch.stack((y[1:-1], velocity), -1), torch.stack((velocity, acceleration), -1)


class NetHNN(_Conservative):
    """A learned H(q, p) with p = dy/dt, fitted to the rates."""

    make, measure = HNN, DerivativeLoss()


class NetLNN(_Conservative):
    """A learned L(q, v), fitted to its Euler-Lagrange residual."""

    make, measure = LNN, EulerLagrangeLoss()


class NetOM(Net):
    """Drift b(y) and diffusion a(y) as nets, by the discrete Onsager-Machlup action.

    ``sum (dy - b)^2 / 2a + ln(a) / 2`` is minus the logarithm of the likelihood. The forecast is
    the zero-momentum path ``y' = y + b(y)``. Beyond the edges of the box the drift never leads
    outwards.
    """

    def begin(self, y: Tensor) -> nn.Module:
        """Return a random walk; its scales are those of the first past."""
        self.mean, self.spread, self.change = y.mean(), y.std(), y.diff().std()
        net = MLP(1, 2, WIDTH, DEPTH, "tanh")
        nn.init.zeros_(net.output.weight)
        return net

    def loss(self, y: Tensor) -> tuple[Callable[[Tensor], Tensor], int]:
        """Return the action of changes, in units of the usual one."""
        changes = y.diff() / self.change

        def action(part: Tensor) -> Tensor:
            drift, log_a = self._law(y[:-1][part])
            return ((changes[part] - drift).square() * (-log_a).exp() + log_a).mean() / 2

        return action, len(changes)

    def path(self, before: Tensor, now: Tensor, steps: int) -> Tensor:
        """Follow the drift, inwards at the edges."""
        low, high = self.box
        states = [now]
        for _ in range(steps):
            y = states[-1]
            drift = self.change * self._law(y.clamp(low, high))[0]
            drift = torch.where(y <= low, drift.clamp(min=0), drift)
            drift = torch.where(y >= high, drift.clamp(max=0), drift)
            states.append(y + drift)
        return torch.stack(states)

    def _law(self, y: Tensor) -> tuple[Tensor, Tensor]:
        assert self.model is not None
        drift, log_a = self.model(((y - self.mean) / self.spread).unsqueeze(-1)).unbind(-1)
        return drift, log_a
