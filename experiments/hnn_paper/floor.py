"""The least that the noise leaves of the spring's energy error: its true form, fitted to the data.

python -m experiments.hnn_paper.floor
"""

from __future__ import annotations

import statistics
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from src.config.paths import cache_folder
from src.data.simulated import SimulatedData
from src.data.starts import Annulus
from src.systems.mass_spring import MassSpring

from ..tables import number
from ..task import SEEDS
from .rules import HORIZON, POINTS, STARTS, grid, published_starts

SPRING = MassSpring(mass=0.5, stiffness=2.0)
DATA = SimulatedData(
    trajectories=50,
    step=3 / 29,
    horizon=3.0,
    error=0.1,
    starts=Annulus([0.1, 1.0]),
    test=0.5,
    validation=0.1,
)
"""That of ``experiment=hnn_spring``."""
KINDS = {
    "noisy states": {},
    "smoothed states": {"states": "smoothed"},
    "states from exact rates": {"states": "integrated"},
    "rates from states": {"states": "smoothed", "derivatives": "smoothing_spline"},
}


def fitted(x: Float[Tensor, "samples 2"], dx: Float[Tensor, "samples 2"]) -> Float[Tensor, "2 2"]:
    """Return the matrix J A whose A fits ``dx = J A x`` best, with H = x.Ax / 2."""
    q, p = x.unbind(-1)
    none = torch.zeros_like(q)
    rows = torch.cat((torch.stack((none, q, p), -1), torch.stack((-q, -p, none), -1)))
    found = torch.linalg.lstsq(rows, dx.mT.reshape(-1, 1)).solution.squeeze(-1)
    a, b, c = found.unbind()
    return torch.stack((torch.stack((b, c)), torch.stack((-a, -b))))


def energy_error(field: Float[Tensor, "2 2"], starts: Float[Tensor, "start 2"]) -> float:
    """Return the mean over time and starts of the squared error of the true energy."""
    flow = torch.linalg.matrix_exp(grid(HORIZON, POINTS)[:, None, None] * field)
    energy = SPRING.hamiltonian(torch.einsum("tij,sj->tsi", flow, starts))
    return float((energy - energy[0]).square().mean())


def floors(kind: str) -> tuple[str, str]:
    """Return the errors from published and from training starts, medians over the seeds' data."""
    inside = Annulus([0.1, 1.0]).draw(SPRING, STARTS, torch.Generator().manual_seed(2**31))
    errors = []
    for seed in SEEDS:
        train = replace(DATA, seed=seed, **KINDS[kind]).load(SPRING, cache_folder()).train
        assert train.dx is not None
        field = fitted(train.x.flatten(0, 1), train.dx.flatten(0, 1))
        errors.append([energy_error(field, starts) for starts in (published_starts(), inside)])
    first, second = (statistics.median(column) for column in zip(*errors, strict=True))
    return number(first), number(second)


if __name__ == "__main__":
    for name in KINDS:
        print(f"{name}: published starts, training starts: {', '.join(floors(name))}")
