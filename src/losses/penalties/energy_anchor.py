"""Pinning the constant up to which motions tell an energy."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ...models.base import Dynamics
from ...models.energy_net import typical_energy
from .penalty import Penalty


@dataclass(frozen=True)
class EnergyAnchor(Penalty):
    """The mean of ``((H(x0) - E0) / energy_scale)^2`` at given states x0.

    Motions are the same whatever is added to H, so a loss says nothing of it: this names the energy
    of one state, or of several that have the same one. Our nets end without a constant, so it is
    their weights that must find another H of the same motions. It has no source: it is the usual
    choice of a zero, as a term.
    """

    weight: float = 0.1
    """Beside the loss; at 1 it takes from the fit of short trainings, at 0.1 nothing to be seen."""
    states: list[list[float]] | None = None
    """The states x0, in the model's coordinates; None: the centre of the training data."""
    energy: float = 0.0
    """The energy E0 that they have, in the unit of H."""

    def check(self, model: Dynamics) -> None:
        """Refuse models without an H of pairs, and states of another size.

        Raises:
            ValueError: with the reason, and the models that fit.
        """
        if model.learns != "hamiltonian" or not model.spec.paired:
            raise ValueError(
                f"penalty=energy_anchor needs an energy H(q, p), which motions tell up to a "
                f"constant; model={model.kind} learns none of that kind. Use model=hnn, "
                f"model=separable_hnn or model=port_hnn, or leave it out."
            )
        if any(len(state) != model.spec.size for state in self.states or ()) or self.states == []:
            raise ValueError(
                f"penalty.energy_anchor.states must hold states ({', '.join(model.spec.names)}) of "
                f"model={model.kind}, one at least; got {self.states}."
            )

    def __call__(
        self,
        model: Dynamics,
        x: Float[Tensor, "batch state"],
        u: Float[Tensor, "batch inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return it; the states of the batch do not matter."""
        at = model.x_mean.unsqueeze(0) if self.states is None else x.new_tensor(self.states)
        energy = model.energy(at)
        assert energy is not None  # which `check` has made sure of
        missed = (energy - self.energy) / typical_energy(model.x_scale, model.dx_scale)
        return missed.square().mean()
