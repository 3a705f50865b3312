"""What is watched of each kind of model while it is trained, and which module trains which."""

from __future__ import annotations

import torch
from torch import Tensor

from ..evaluation.scores import learned_energy
from ..mechanics.hamiltonian import energy_gradient
from ..mechanics.symplectic import divergence
from ..models.base import Dynamics
from .batches import Block
from .modules import DynamicsModule


class HamiltonianModule(DynamicsModule):
    """Trains an HNN: watches that the learned energy is kept and phase volume with it."""

    def diagnose(self, x: Tensor) -> dict[str, Tensor]:
        """Return ``|dH/dt| / (|grad H| |dx/dt|)`` of the learned H: zero but for rounding."""
        energy = learned_energy(self.model, x)
        assert energy is not None
        gradient = energy_gradient(energy, x)
        rate = self.model(x.new_zeros(()), x)
        power = (gradient * rate).sum(-1).abs()
        size = torch.linalg.vector_norm(gradient, dim=-1) * torch.linalg.vector_norm(rate, dim=-1)
        return {"learned_energy_rate": (power / size.clamp_min(1e-30)).max()}


class LagrangianModule(DynamicsModule):
    """Trains an LNN: watches that its mass matrix can be inverted."""

    def diagnose(self, x: Tensor) -> dict[str, Tensor]:
        """Return the worst condition number and smallest eigenvalue of the mass matrix."""
        figures = self.model.diagnostics(x)
        return {
            "mass_condition_number": figures["condition_number"].max(),
            "mass_smallest_eigenvalue": figures["smallest_eigenvalue"].min(),
        }


class BaselineModule(DynamicsModule):
    """Trains a free vector field: watches the phase volume that nothing makes it keep."""

    def diagnose(self, x: Tensor) -> dict[str, Tensor]:
        """Return the mean ``|div f|``, in 1/s."""
        time = x.new_zeros(())
        return {"divergence": divergence(lambda y: self.model(time, y), x).abs().mean()}


class MapModule(DynamicsModule):
    """Trains a map of one time step: there are no rates to watch."""

    def diagnose(self, x: Tensor) -> dict[str, Tensor]:
        """Return nothing."""
        return {}


class FittedModule(DynamicsModule):
    """Holds a model without weights: all it learns is taken from the data as its scales are.

    One epoch goes by without a step, so that it is validated and saved like every other.
    """

    def training_step(self, batch: Block, batch_idx: int) -> None:
        """Take note of the losses."""
        self._losses += [self._score(self.loss, one).detach() for one in batch]

    def diagnose(self, x: Tensor) -> dict[str, Tensor]:
        """Return nothing."""
        return {}

    def configure_optimizers(self) -> None:
        """Return none: there is nothing to optimise."""


MODULES: dict[str, type[DynamicsModule]] = {
    "hamiltonian": HamiltonianModule,
    "lagrangian": LagrangianModule,
    "field": BaselineModule,
    "map": MapModule,
}


def module_for(model: Dynamics) -> type[DynamicsModule]:
    """Return the module that trains what this model learns."""
    if not list(model.parameters()):
        return FittedModule
    return MODULES[model.learns]
