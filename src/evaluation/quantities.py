"""What people of a field would measure, of the truth and of the model."""

from __future__ import annotations

import torch
from torch import Tensor

from ..applications.quantities import quantities
from ..applications.quantity import Quantity
from ..data.simulation import simulate, simulate_driven
from ..integrators.base import Integrator
from ..integrators.held import integrate_held
from ..signals.base import with_inputs
from ..systems.base import System
from .coordinates import Translation
from .rollout import let_go


def quantities_record(
    translation: Translation, integrator: Integrator, device: torch.device, inputs: bool
) -> dict[str, dict[str, object]]:
    """Return ``{unit, meaning, true, model}`` of each quantity of a system, by name.

    ``inputs`` says whether the model takes those of its system.

    None where a motion has no such number, for a learned map of a time step, which does not know
    the times that quantities ask for, and for driven motions of a model that takes no inputs;
    nothing for recordings.
    """
    system = translation.kinematics
    if not isinstance(system, System):
        return {}

    def truth(x0: Tensor, t: Tensor, u: Tensor | None = None) -> Tensor:
        if u is None:
            return simulate(system, x0, t, "reference")
        held = iter(u.unbind(1))
        return simulate_driven(with_inputs(system), x0, t, "reference", lambda *_: next(held))[0]

    def model(x0: Tensor, t: Tensor, u: Tensor | None = None) -> Tensor:
        start, t = x0.to(device), t.to(device)
        if u is None:
            return flow(translation, integrator, start, t).cpu()
        x = translation.to_model(start)
        path = integrate_held(integrator, translation.motion, x, t, u.to(device))
        return translation.to_reference(path.x).movedim(0, 1).cpu()

    def known(quantity: Quantity) -> bool:
        return translation.has_rates and (quantity.u is None or inputs)

    return {
        name: {
            "unit": quantity.unit,
            "meaning": quantity.meaning,
            "true": quantity.of(truth),
            "model": quantity.of(model) if known(quantity) else None,
        }
        for name, quantity in quantities(system).items()
    }


def flow(translation: Translation, integrator: Integrator, x0: Tensor, t: Tensor) -> Tensor:
    """Return a model's motions ``[count, time, state]``, in the reference coordinates.

    NaN from where one could not be continued.
    """
    path = let_go(translation, integrator, translation.to_model(x0), t)
    return translation.to_reference(path.x).movedim(0, 1)
