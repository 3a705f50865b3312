"""What a motion may have that Hamilton's equations of an energy H(q, p) alone do not give."""

from __future__ import annotations

from typing import Literal

Trait = Literal["poisson", "constraints", "dissipation", "inputs"]
"""A system tells which of them its motions have, a model which of them it can represent."""

REASONS: dict[Trait, str] = {
    "poisson": "its states are not pairs (q, p), so that Hamilton's equations do not hold in them",
    "constraints": "its coordinates are bound by constraints phi(q) = 0, and no energy of free "
    "coordinates supplies the forces that keep them",
    "dissipation": "it loses energy to friction, and a learned energy would be conserved",
    "inputs": "it is driven by inputs u, which do work on it, and the model takes none "
    "(signal=zero leaves a simulated system alone)",
}
"""Why a model that cannot represent a trait cannot learn the motion, as the end of a message."""

Conserved = Literal[
    "energy", "volume", "symplectic form", "casimirs", "constraints", "momentum", "angular momentum"
]
"""What a model keeps whatever its weights: its own energy, and what follows from its structure.

``volume`` is that of (q, p), and part of the symplectic form; momenta are the total ones.
"""
