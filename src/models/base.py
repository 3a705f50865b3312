"""What every learned dynamics supplies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ..kernels.regression import Regression
from ..mechanics.hamiltonian import Energy
from ..mechanics.known import Structure, missing
from ..mechanics.problem import Canonical, Constrained, Field, Split, Steps
from ..mechanics.state import Coordinates, StateSpec
from ..mechanics.traits import Conserved, Trait
from .learned_energy import ConservedEnergy, LearnedEnergy
from .scales import centre_and_spread, rate_spread, spread

UNDETERMINED = {
    "hamiltonian": "was given states that are no pairs (q, p): its energy is that of none.",
    "lagrangian": "learns L from accelerations, which tell it up to a scale and a gauge: "
    "any action is free. Use model=lnn_pinned, or a model in (q, p) such as model=hnn.",
    "field": "has no energy, from which this would follow. Use model=hnn.",
    "map": "has no energy, from which this would follow. Use model=hnn.",
}
"""Why motions do not determine the energy of a model, by what it learns."""


class Dynamics(nn.Module, ABC):
    """A learned vector field. ``spec`` is given by the data and sizes the nets."""

    kind: ClassVar[str]
    """The name under which logs and tables show the model: hnn, lnn, baseline."""
    learns: Literal["hamiltonian", "lagrangian", "field", "map"]
    """What the nets stand for; it decides what is worth watching while they are trained."""
    represents: frozenset[Trait] = frozenset()
    """What motions may have beside an energy in canonical coordinates for the model to fit.

    Told by the class: a model without the trait ``poisson`` cannot even be built for such a state.
    """

    conserves: frozenset[Conserved] = frozenset()
    """What the model keeps along its motions, whatever its weights; without friction and inputs."""

    needs: frozenset[Structure] = frozenset()
    """What must be known of the motion beside data."""

    x_mean: Tensor
    """Centre of the training states ``[state]``; of an angle, its mean direction."""
    x_scale: Tensor
    """Spread of the training states ``[state]``; of an angle, the circular one, at most 1 rad."""
    dx_scale: Tensor
    """Spread of the training rates ``[state]``."""
    u_scale: Tensor
    """Spread of the training inputs ``[inputs]``."""

    def __init__(self, spec: StateSpec) -> None:
        """Begin with the scales of the spec's states.

        Raises:
            ValueError: if something that the model needs is not known, with what fits instead.
        """
        super().__init__()
        for name in sorted(self.needs):
            if getattr(spec.known, name) is None:
                raise missing(self.kind, name)
        self.spec = spec
        self.register_buffer("x_mean", torch.zeros(spec.size))
        self.register_buffer("x_scale", torch.ones(spec.size))
        self.register_buffer("dx_scale", torch.ones(spec.size))
        self.register_buffer("u_scale", torch.ones(len(spec.inputs)))

    @property
    def coordinates(self) -> Coordinates:
        """The coordinates in which the model sees states."""
        return self.spec.coordinates

    def take(self, coordinates: Coordinates) -> None:
        """Take states in other pairs from now on, as if they were those that it is made for.

        A model of H(q, p) that is given (q, v) is wrong on purpose: it learns the energy of the
        wrong pairs, of which there is none unless momenta are velocities times constants.

        Raises:
            ValueError: if the state has no pairs.
        """
        self.spec = self.spec.expressed_in(coordinates)

    @abstractmethod
    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``dx/dt`` in the model's coordinates. Samples do not mix."""

    def misfit(
        self,
        t: Tensor,
        x: Float[Tensor, "*batch state"],
        u: Tensor | None,
        dx: Float[Tensor, "*batch state"],
        scale: Float[Tensor, " state"],
    ) -> Float[Tensor, ""]:
        """Return the mean square of ``(f(x) - dx) / scale``."""
        regression = self.regression(x, dx, scale)
        if regression is not None:
            return regression.misfit()
        return functional.mse_loss(self(t, x, u) / scale, dx / scale)

    def regression(
        self,
        x: Float[Tensor, "*batch state"],
        dx: Float[Tensor, "*batch state"],
        scale: Float[Tensor, " state"],
    ) -> Regression | None:
        """Return the same as the regression of a net, where the model is one and nothing else.

        Whatever its ``penalty`` adds is not in it, nor are inputs: models that see inputs have
        none.
        """
        return None

    @abstractmethod
    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"] | None:
        """Return the learned energy at states in the model's coordinates; None if there is none."""

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales of states, rates and inputs from training data.

        They travel with the checkpoint. All are in the model's coordinates.
        """
        mean, scale = centre_and_spread(x, self.spec.angles)
        self.x_mean.copy_(mean)
        self.x_scale.copy_(self.spec.pooled(scale))
        self.dx_scale.copy_(self.spec.pooled(rate_spread(dx, scale)))
        if u is not None:
            self.u_scale.copy_(spread(u))
        self.scale_nets()

    def fit_intervals(self, intervals: Float[Tensor, " intervals"]) -> None:
        """Take note of how far apart in time the training samples are.

        A field does not care.

        Raises:
            ValueError: if the model needs equal steps, and they differ.
        """

    @abstractmethod
    def scale_nets(self) -> None:
        """Pass ``x_mean``, ``x_scale`` and ``dx_scale`` on to the nets."""

    def averaged(self, score: Callable[[Dynamics], Tensor]) -> Tensor:
        """Return the score that training makes small: that of the model itself."""
        return score(self)

    def check(self, accepts: Callable[[Dynamics], object]) -> None:
        """Ask whether the model that is scored is accepted.

        Raises:
            ValueError: as ``accepts`` does.
        """
        accepts(self)

    def adopt(self, trained: Dynamics) -> None:
        """Take weights and scales of the same model, trained on another system of this kind.

        Raises:
            ValueError: if they are made for other components than those of this state.
        """
        if (self.spec.positions, self.spec.inputs) != (trained.spec.positions, trained.spec.inputs):
            raise ValueError(
                f"model={self.kind} has weights for the components of the state that it was "
                f"trained on, ({', '.join(trained.spec.positions[:4])}, ...), {trained.spec.size} "
                f"in all; got {self.spec.size}. Models whose weights fit any number of bodies or "
                f"sites: model=pairwise_hnn, model=lattice_hnn, model=lattice_lnn or "
                f"model=lattice_poisson_hnn."
            )
        self.load_state_dict(trained.state_dict())

    def penalty(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, ""]:
        """Return what training adds to the loss to keep the model well posed near these states.

        Zero for models that are so by construction.
        """
        return x.new_zeros(())

    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return figures worth logging at these states, such as a condition number."""
        return {}

    def field(self) -> Field:
        """Return the learned field in the model's coordinates, without inputs."""
        return Field(lambda t, x: self(t, x))

    def driven_field(self, t: Tensor, x: Tensor, u: Tensor) -> Tensor:
        """Return the learned field under inputs."""
        return self(t, x, u)

    @abstractmethod
    def canonical(self) -> Canonical:
        """Return the learned field in canonical coordinates, with the maps in and out.

        Raises:
            ValueError: if the model has no momenta, naming the integrators that fit.
        """

    def determined_energy(self) -> Energy:
        """Return H(q, p) as its motions determine it: up to a constant, with the true momenta.

        What follows from an energy beside its motions, such as a price, needs this one.

        Raises:
            ValueError: if the model has none, with the reason.
        """
        if self.learns == "hamiltonian" and self.coordinates == "canonical":
            conserved = "energy" in self.conserves
            return ConservedEnergy(self) if conserved else LearnedEnergy(self)
        raise ValueError(f"model={self.kind} {UNDETERMINED[self.learns]}")

    def energy_up_to(self, freedom: Literal["scale", "gauge"]) -> Energy:
        """Return an H(q, p) that is determined but for a constant, and the unit and zero of p.

        For the freedom ``gauge``, any that has the model's motions.

        Raises:
            ValueError: if the model has none, with the reason.
        """
        return self.determined_energy()

    def lagrangian(self) -> Energy:
        """Return the learned L(q, v).

        Raises:
            ValueError: if the model has none.
        """
        raise ValueError(
            f"the loss needs a Lagrangian L(q, v), which model={self.kind} does not have. Use "
            f"model=lnn or model=delan, or a loss for any model: loss=derivative, loss=one_step "
            f"or loss=rollout."
        )

    def applied(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the generalised forces of inputs.

        Raises:
            ValueError: if the model does not tell inputs and forces apart.
        """
        raise ValueError(
            f"loss=inverse_dynamics needs the forces of inputs, which model={self.kind} does not "
            f"tell. Use model=delan, or loss=derivative."
        )

    def split(self) -> Split:
        """Return the separate flows of T(p) and V(q).

        Raises:
            ValueError: if the learned energy is not separable.
        """
        raise ValueError(
            f"the integrator needs a separable energy H = T(p) + V(q), which model={self.kind} "
            f"does not have. Use model=separable_hnn, or an integrator for any energy: "
            f"integrator=implicit_midpoint, integrator=gauss_legendre4 or integrator=dopri5."
        )

    def constrained(self) -> Constrained:
        """Return forces and constraints apart.

        Raises:
            ValueError: if the model does not have them.
        """
        raise ValueError(
            f"the integrator needs constraints phi(q) = 0 and constant masses, which "
            f"model={self.kind} does not have in states (q, p). Use model=chnn, or an integrator "
            f"of any field: integrator=dopri8 or integrator=dopri5. The data of a constrained "
            f"system can be made with it for every model (+integrator@data.integrator=rattle)."
        )

    def steps(self) -> Steps:
        """Return the learned map of a fixed time step.

        Raises:
            ValueError: if the model is a field.
        """
        raise ValueError(
            f"integrator=iterate needs a learned map of one time step; model={self.kind} is a "
            f"field. Use integrator=dopri8 or another integrator of fields, or a model that is a "
            f"map: model=step_mlp, model=sympnet."
        )
