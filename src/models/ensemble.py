"""Several models of one kind, trained apart in one vectorised run."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, vmap

from ..mechanics.problem import Canonical
from ..mechanics.state import Coordinates, StateSpec
from .base import Dynamics


class Ensemble(Dynamics):
    """Train several models at once from weights of their own; their spread tells how sure they are.

    Members see the same batches and differ in their initial weights; gradients are clipped, and
    steps with one that is not finite left out, for all together. What moves is the mean of their
    fields: of members in (q, p), or with the same brackets, it is that of the mean energy.

    Source:
        Lakshminarayanan, Pritzel, Blundell, *Simple and Scalable Predictive Uncertainty Estimation
        using Deep Ensembles*, NeurIPS 2017, arXiv:1612.01474.

    Args:
        spec: the states of the data.
        member: makes a member from a spec, and ``settings``.
        members: how many.
        settings: those of each member.

    Raises:
        ValueError: if there are fewer than two members, or they have no field or no weights.
    """

    kind: ClassVar[str] = "ensemble"
    learns = "field"
    represents = frozenset({"constraints", "dissipation", "inputs", "poisson"})
    """Before its members are known; then what they represent."""

    def __init__(
        self,
        spec: StateSpec,
        member: Callable[..., Dynamics],
        members: int = 8,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        if members < 2:
            raise ValueError(f"model.members must be at least 2, to have a spread; got {members}.")
        models = [member(spec=spec, **(settings or {})) for _ in range(members)]
        first = models[0]
        if first.learns == "map" or not list(first.parameters()):
            raise ValueError(
                f"model.member must have a field and weights of its own; got {first.kind}. Use "
                f"model.member=hnn, model.member=lnn or model.member=baseline."
            )
        super().__init__(first.spec)
        self.size = members
        self.represents, self.needs = first.represents, first.needs
        if first.learns == "hamiltonian" and "constraints" not in first.needs:
            self.learns, self.conserves = first.learns, first.conserves
        self.stack = _stacked(models)
        """A model whose parameters are those of all members, along a first dimension."""

    def take(self, coordinates: Coordinates) -> None:
        """Take states in other pairs; see :meth:`Dynamics.take`."""
        super().take(coordinates)
        self.stack.take(coordinates)

    def member(self, number: int) -> Dynamics:
        """Return a copy of one member as a model of its own."""
        one = copy.deepcopy(self.stack)
        for parameter in one.parameters():
            parameter.data = parameter.data[number].clone()
        return one

    def members(self) -> list[Dynamics]:
        """Return copies of all members."""
        return [self.member(number) for number in range(self.size)]

    def each(self, function: Callable[[Any], Tensor]) -> Tensor:
        """Return a function of every member, ``[members, ...]``, computed for all at once.

        Where that is impossible, as for rollouts whose steps adapt, for one after the other.
        """
        called = _Called(self.stack, function)
        weights = {f"member.{name}": value for name, value in self.stack.named_parameters()}

        def of_one(own: Mapping[str, Tensor]) -> Tensor:
            return functional_call(called, dict(own), ())

        try:
            return vmap(of_one)(weights)
        except RuntimeError as error:
            if "vmap" not in str(error):
                raise
        rows = ({name: value[k] for name, value in weights.items()} for k in range(self.size))
        return torch.stack([of_one(own) for own in rows])

    def averaged(self, score: Callable[[Dynamics], Tensor]) -> Tensor:
        """Return the mean score of the members, so that each is trained by its own."""
        return self.each(score).mean(0)

    def check(self, accepts: Callable[[Dynamics], object]) -> None:
        """Ask a member whether it is accepted."""
        accepts(self.member(0))

    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales of all members from training data: those of the first."""
        super().fit_scaling(x, dx, u)
        fitted = self.member(0)
        fitted.fit_scaling(x, dx, u)
        scales = dict(fitted.named_buffers())
        for name, buffer in self.stack.named_buffers():
            buffer.copy_(scales[name])

    def scale_nets(self) -> None:
        """Do nothing: members scale their own."""

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the mean of the members' rates."""
        return self.each(lambda member: member(t, x, u)).mean(0)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"] | None:
        """Return the mean energy of members in (q, p); None for others.

        The mean of their fields is no field of it.
        """
        if self.learns != "hamiltonian":
            return None
        return self.each(lambda member: member.energy(x)).mean(0)

    def canonical(self) -> Canonical:
        """Return the mean field, of members whose coordinates are canonical already.

        Raises:
            ValueError: in velocities: members disagree about momenta.
        """
        if self.coordinates == "velocity":
            raise ValueError(
                "the integrator needs canonical coordinates (q, p), and members in velocities "
                "disagree about momenta. Use model.member=hnn, or an integrator for any field: "
                "integrator=dopri5, integrator=dopri8 or integrator=rk4."
            )
        return Canonical(self.field().f, paired=self.spec.paired)


class _Called(nn.Module):
    """A function of a model as a module, whose weights can then be replaced for the call."""

    def __init__(self, member: Dynamics, function: Callable[[Any], Tensor]) -> None:
        super().__init__()
        self.member = member
        self.function = function

    def forward(self) -> Tensor:
        return self.function(self.member)


def _stacked(models: list[Dynamics]) -> Dynamics:
    """Return the first model with the parameters of all; never to be called as it is."""
    stack = models[0]
    others = [dict(model.named_parameters()) for model in models]
    for name, parameter in stack.named_parameters():
        parameter.data = torch.stack([other[name].data for other in others])
    return stack
