"""What is known of a motion beside data, and handed to the models that can use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

Structure = Literal[
    "constraints", "brackets", "actuation", "particles", "lattice", "killing", "price", "truth"
]
"""What may be known of a motion: a model tells which of it it cannot do without."""

MISSING: dict[Structure, tuple[str, str]] = {
    "constraints": (
        "constraints phi(q) = 0, as of system=n_link_cartesian",
        "Use model=hnn or model=lnn for free coordinates, or model=baseline",
    ),
    "brackets": (
        "brackets J(x) of states that are no pairs (q, p), as of system=rigid_body",
        "Use model=hnn for pairs, or model=baseline",
    ),
    "actuation": (
        "a system that tells how inputs act, as system=pendulum_swingup",
        "Set model.actuation=learned, which model=port_hnn and model=delan have, or use "
        "model=baseline",
    ),
    "particles": (
        "positions of like-shaped bodies, as of system=three_body",
        "Use model=hnn or model=lnn",
    ),
    "lattice": (
        "sites on a line, as of system=fput or system=wave_1d",
        "Use model=hnn or model=lnn",
    ),
    "price": (
        "the logarithm of a discounted price among the positions, as of system=heston_log_price",
        "Use model=hnn",
    ),
    "killing": (
        "a known rate of killing, such as a short rate by which claims are discounted, as of "
        "system=vasicek",
        "Use model=hnn or model=lnn",
    ),
    "truth": (
        "the true motion, which only simulated systems know",
        "Use a model that learns: model=hnn, model=lnn or model=baseline",
    ),
}
"""What a model asks for that needs it, and what to do where it is not known."""


def missing(model: str, name: Structure) -> ValueError:
    """Return the error of a model that cannot do without something that is not known."""
    needed, instead = MISSING[name]
    return ValueError(f"model={model} needs {needed}; got none. {instead}.")


def check_actuation(actuation: str) -> None:
    """Refuse ways to come by how inputs act that no model has.

    Raises:
        ValueError: if it is neither known nor learned.
    """
    if actuation not in ("known", "learned"):
        raise ValueError(f"model.actuation must be known or learned; got {actuation!r}.")


Ends = Literal["periodic", "fixed", "free"]
"""What lies beyond the first and the last site of a lattice."""


@dataclass(frozen=True)
class Particles:
    """Positions are those of like-shaped bodies, ``(x1, y1, ..., x2, y2, ...)``."""

    count: int
    dimensions: int
    masses: tuple[float, ...]
    """Of each body."""
    box: float | None = None
    """Length of the periodic box in each dimension; None for open space."""


@dataclass(frozen=True)
class Lattice:
    """Positions are one quantity on the sites of a line: displacements, or values of a field."""

    sites: int
    ends: Ends
    spacing: float
    """Distance of neighbouring sites; 1 for a chain of discrete bodies."""


@dataclass(frozen=True)
class Killing:
    """What a diffusion is discounted or killed by, and how its motions end."""

    rate: Callable[[Tensor], Tensor]
    """R of the positions, ``[*batch]``: H without momenta is minus it."""
    terminal_velocity: Callable[[Tensor], Tensor]
    """dq/dt of motions at whose end the momenta vanish, by the position of that end."""


@dataclass(frozen=True)
class Known:
    """The structure of a motion that no model need learn: all of it, or nothing, may be given.

    Pure functions made from the parameters of a system. A checkpoint stores those parameters, and
    never the functions.
    """

    constraints: Callable[[Tensor], Tensor] | None = None
    """phi of the positions, zero where the constraints hold."""
    constraint_rows: Callable[[Tensor], Tensor] | None = None
    """d phi/dq of the positions, given with phi."""
    brackets: Callable[[Tensor], Tensor] | None = None
    """The skew J(x) of ``dx/dt = J(x) grad H`` where states are no pairs (q, p)."""
    actuation: Callable[[Tensor, Tensor], Tensor] | None = None
    """What inputs add to dx/dt: ``G(x) u`` in the reference coordinates, from x and u."""
    particles: Particles | None = None
    lattice: Lattice | None = None
    price: int | None = None
    """Which position is the logarithm of a discounted price: ``H(q, p) = 0`` for its momentum 1."""
    killing: Killing | None = None
    truth: Callable[[Tensor, Tensor | None], Tensor] | None = None
    """dx/dt of the true motion from x and u: for yardsticks, not for models that learn."""
