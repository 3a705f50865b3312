"""What every system supplies, and what follows from it for all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy, hamiltonian_field
from ..mechanics.impacts import Impact
from ..mechanics.known import Known
from ..mechanics.problem import Canonical, Constrained, Field, Formula, Interaction, Split, Steps
from ..mechanics.state import Coordinates, StateSpec, split_state
from ..mechanics.traits import Trait
from .sketch import Sketch, phase_planes, places

MOTIONS_PER_DOF = 150
"""Training motions for each degree of freedom, validation and test included."""
TRAINING_NOISE = 0.05


class Kinematics(ABC):
    """A state space and its masses: what can be said of a motion before any energy is known."""

    @property
    def coordinates(self) -> Coordinates:
        """The reference coordinates: what is simulated, stored and judged."""
        return "canonical"

    @property
    def time_unit(self) -> str:
        """The unit of all times; empty for natural units."""
        return "s"

    @property
    def traits(self) -> frozenset[Trait]:
        """What a model of the motions must be able to represent beside an energy."""
        return frozenset()

    @property
    @abstractmethod
    def spec(self) -> StateSpec:
        """Names and angles of the state, in the reference coordinates."""

    @property
    def known(self) -> Known:
        """What models may be told of the motion, beside data."""
        return Known()

    @property
    def model_spec(self) -> StateSpec:
        """The state with what is known of it: what models are made for."""
        return replace(self.spec, known=self.known)

    @abstractmethod
    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, v)`` for the states ``x = (q, p)``, with the true masses."""

    @abstractmethod
    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, p)`` for the states ``x = (q, v)``, with ``p = dL/dv`` of the true L."""

    @property
    def regular(self) -> bool:
        """Whether H is strictly convex in p: then velocities determine the momenta, and L exists.

        Where it is not, :meth:`check_coordinates` refuses velocities, as does what needs them.
        """
        return True

    @property
    def remedy(self) -> str:
        """What would make a system regular that is not, as the end of a message; or nothing."""
        return ""

    def check_coordinates(self, coordinates: Coordinates) -> None:
        """Refuse velocities where they do not determine the momenta.

        Raises:
            ValueError: with the reason, and the models that fit.
        """
        if coordinates == "velocity" and not self.regular:
            raise ValueError(
                f"models in velocities (q, v) need a regular Lagrangian L(q, v), and this "
                f"{type(self).__name__} has none: its H(q, p) is not strictly convex in p, so "
                f"velocities dH/dp do not determine the momenta as masses would. Use a model in "
                f"(q, p): model=hnn, or model=baseline model.coordinates=canonical.{self.remedy}"
            )

    def velocity_rate(
        self, x: Float[Tensor, "*batch state"], dx: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dq/dt, dv/dt)`` for canonical states ``x`` with canonical rates ``dx``."""
        return torch.func.jvp(self.to_velocity, (x,), (dx,))[1]

    def canonical_rate(
        self, x: Float[Tensor, "*batch state"], dx: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dq/dt, dp/dt)`` for states ``(q, v)`` with rates ``(dq/dt, dv/dt)``."""
        return torch.func.jvp(self.to_canonical, (x,), (dx,))[1]


class System(Kinematics, Formula):
    """A system whose energy is known. Subclasses are frozen dataclasses of physical parameters."""

    domain: ClassVar[str] = "other"
    """The field of physics that it belongs to: how the catalogue sorts systems."""

    @property
    def known(self) -> Known:
        """The true rates; subclasses add the structure that they have."""
        return Known(truth=self.rate)

    @abstractmethod
    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return the energy H at ``x = (q, p)``."""

    @abstractmethod
    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L at ``x = (q, v)``."""

    @abstractmethod
    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw starts from the training distribution, in the reference coordinates, float64."""

    @abstractmethod
    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw starts whose energies lie just above those of the training distribution."""

    @property
    @abstractmethod
    def time_scale(self) -> float:
        """A typical period, in s: the unit of horizons and of the divergence."""

    @property
    def training_horizon(self) -> float:
        """How long a training motion lasts unless told otherwise, in s."""
        return 2 * self.time_scale

    @property
    def training_motions(self) -> int:
        """How many motions a data set holds unless told otherwise.

        Fewer than for each degree of freedom where those of a field move together.
        """
        return MOTIONS_PER_DOF * self.spec.dof

    @property
    def training_noise(self) -> float:
        """The measurement noise of a data set unless told otherwise, a fraction of each scale."""
        return TRAINING_NOISE

    @property
    @abstractmethod
    def energy_scale(self) -> float:
        """A typical energy above rest, in J: what energy errors are divided by."""

    def invariants(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return every conserved quantity but the energy, by name, at ``x = (q, p)``."""
        return {}

    def invariant(self, name: str) -> Energy:
        """Return one of the conserved quantities as a function of the state."""

        def value(x: Tensor, t: Tensor | None = None) -> Tensor:
            return self.invariants(x)[name]

        return value

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """Places in the plane of a sketch that do not move: a centre of force, a fixed body."""
        return ()

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return what to draw of the states ``x = (q, p)`` so that a person knows the system.

        Bodies where the coordinates are Cartesian by their names, else the planes (q, p).
        """
        q, _ = split_state(x)
        return places(self.spec.positions, q, self.landmarks) or phase_planes(x)

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"] | None:
        """Return the motion in closed form, from ``x0`` at time 0, or None where there is none."""
        return None

    def interaction(self) -> Interaction | None:
        """Return coordinates in which the reference motion takes longer steps; None by default."""
        return None

    @property
    def impact(self) -> Impact | None:
        """What interrupts the smooth motion of H, in the reference coordinates; None if nothing.

        It is given and not learned: models are let go with it. Recordings of such a system must
        hold one smooth piece in each trial.
        """
        return None

    @property
    def reversible(self) -> bool:
        """Whether ``H(q, -p) = H(q, p)``: then reversing the momenta reverses the motion."""
        return True

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``dx/dt`` by the energy alone, in the reference coordinates."""
        return hamiltonian_field(self.hamiltonian, x, t)

    def rate(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``dx/dt`` with friction and inputs, where there are any; None is no input."""
        return self.vector_field(x)

    def power(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return dH/dt: the power that inputs supply less what friction takes, in J/s."""
        return torch.zeros_like(x[..., 0])

    def driven_field(self, t: Tensor, x: Tensor, u: Tensor) -> Tensor:
        """Return :meth:`rate`, for integrators under held inputs."""
        return self.rate(x, u)

    def field(self) -> Field:
        """Return the motion without inputs, for any integrator of fields."""
        return Field(lambda t, x: self.rate(x))

    def canonical(self) -> Canonical:
        """Return the motion in canonical coordinates, for symplectic integrators."""
        return Canonical(self.field().f)

    def split(self) -> Split:
        """Return the separate flows of T(p) and V(q).

        Raises:
            ValueError: if the energy is not separable.
        """
        raise ValueError(
            f"the method needs a separable energy H = T(p) + V(q); that of {type(self).__name__} "
            f"is not. Use integrator=implicit_midpoint or integrator=gauss_legendre4, which are "
            f"symplectic for every H."
        )

    def constrained(self) -> Constrained:
        """Return forces and constraints apart.

        Raises:
            ValueError: if there are no constraints, or the masses are not constant.
        """
        raise ValueError(
            f"the method needs positions bound by constraints phi(q) = 0; those of "
            f"{type(self).__name__} are free. Use integrator=leapfrog, which is the same method "
            f"without constraints, if H = T(p) + V(q), or else integrator=implicit_midpoint."
        )

    def steps(self) -> Steps:
        """Refuse: the motion of a system is a field.

        Raises:
            ValueError: always, with what fits instead.
        """
        raise ValueError(
            f"integrator=iterate applies a learned map of one time step; {type(self).__name__} "
            f"moves by a field. Use integrator=dopri8 or integrator=dop853."
        )
