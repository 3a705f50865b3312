"""Keeping the symplectic form, for models that nothing makes keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from ...mechanics.symplectic import form_change, form_rate, jacobian_at_once
from ...models.base import Dynamics
from ...models.energy_net import typical_energy
from ...models.step_map import StepMap
from .penalty import Penalty

_jacobian: Any = torch.compiler.disable(jacobian_at_once)
"""Never through torch.compile, which fails on gradients of forward derivatives by weights."""


@dataclass(frozen=True)
class Symplecticity(Penalty):
    r"""The squared rate at which a learned field changes the symplectic form, at the samples.

    .. math:: \langle \| S (A^T \Omega + \Omega A) S / E \|_F^2 \rangle / \| \Omega \|_F^2,
        \qquad A = \partial f / \partial x

    with the scales S of the states and E of the energy. As :math:`\Omega A` is the matrix that is
    symmetric where :math:`f = \Omega \nabla H`, it vanishes at all states exactly for fields that
    have an energy H. Of a learned map with the Jacobian D it is the change
    :math:`D^T \Omega D - \Omega` itself, in units of an action. Motions with friction change the
    form: then it asks for less of it.

    Source:
        Gruver, Finzi, Stanton, Wilson, *Deconstructing the Inductive Biases of Hamiltonian Neural
        Networks*, ICLR 2022, arXiv:2202.04836: ``symplectic_prior_reg`` of their code, without
        scales. Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VI.2,
        for both conditions.
    """

    def check(self, model: Dynamics) -> None:
        """Refuse models that keep the form by construction, or whose states are no free (q, p).

        Raises:
            ValueError: with the reason, and the models that fit.
        """
        if "symplectic form" in model.conserves:
            raise ValueError(
                f"penalty=symplecticity is for models that may break the symplectic form; "
                f"model={model.kind} keeps it whatever its weights, so that this would be zero. "
                f"Leave it out, or use model=baseline or model=step_mlp."
            )
        if model.coordinates != "canonical" or model.spec.known.constraints is not None:
            raise ValueError(
                f"penalty=symplecticity needs states (q, p) that nothing binds, where the form is "
                f"the same everywhere; model={model.kind} sees ({', '.join(model.spec.names[:4])}"
                f"{', ...' if model.spec.size > 4 else ''}). Use model=baseline or model=step_mlp "
                f"on a system that has such states, with model.coordinates=canonical."
            )

    def __call__(
        self,
        model: Dynamics,
        x: Float[Tensor, "batch state"],
        u: Float[Tensor, "batch inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return it at the states, under the inputs."""

        def field(y: Tensor) -> Tensor:
            return model(y.new_zeros(()), y, None if u is None else u.expand(*y.shape[:-1], -1))

        scale = model.x_scale
        if isinstance(model, StepMap):  # its values are states, and the unit that of an action
            changed, values = form_change(_jacobian(model.step, x)), scale
        else:
            changed, values = form_rate(_jacobian(field, x)), model.dx_scale
        changed = changed * torch.outer(scale, scale) / typical_energy(scale, values)
        return changed.square().sum((-2, -1)).mean() / len(scale)
