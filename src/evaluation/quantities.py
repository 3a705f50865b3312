"""What people of a field would measure, of the truth and of the model."""

from __future__ import annotations

import torch
from torch import Tensor

from ..applications.quantities import quantities
from ..data.simulation import simulate
from ..integrators.base import Integrator
from ..systems.base import System
from .coordinates import Translation
from .rollout import let_go


def quantities_record(
    translation: Translation, integrator: Integrator, device: torch.device
) -> dict[str, dict[str, object]]:
    """Return ``{unit, meaning, true, model}`` of each quantity of a system, by name.

    None where a motion has no such number, and for a learned map of a time step, which does not
    know the times that quantities ask for; nothing for recordings.
    """
    system = translation.kinematics
    if not isinstance(system, System):
        return {}

    def truth(x0: Tensor, t: Tensor) -> Tensor:
        return simulate(system, x0, t, "reference")

    def model(x0: Tensor, t: Tensor) -> Tensor:
        return flow(translation, integrator, x0.to(device), t.to(device)).cpu()

    return {
        name: {
            "unit": quantity.unit,
            "meaning": quantity.meaning,
            "true": quantity.of(truth),
            "model": quantity.of(model) if translation.has_rates else None,
        }
        for name, quantity in quantities(system).items()
    }


def flow(translation: Translation, integrator: Integrator, x0: Tensor, t: Tensor) -> Tensor:
    """Return a model's motions ``[count, time, state]``, in the reference coordinates.

    NaN from where one could not be continued.
    """
    path = let_go(translation, integrator, translation.to_model(x0), t)
    return translation.to_reference(path.x).movedim(0, 1)
