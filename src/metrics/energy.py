"""How much a quantity that should stay constant changes along motions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy, energy_gradient
from ..mechanics.state import Coordinates, split_state


@dataclass(frozen=True)
class Drift:
    """Changes of a conserved quantity in units of its scale, one figure per motion.

    Not finite for motions that are not finite.
    """

    rms: Float[Tensor, " trajectories"]
    """Root of the mean over samples of ``(e(t) - e(0))^2``, over the scale."""
    largest: Float[Tensor, " trajectories"]
    """Largest ``|e(t) - e(0)|``, over the scale."""
    change: Float[Tensor, " trajectories"]
    """Least-squares slope of ``e(t)`` times the horizon, over the scale; signed.

    Its size tells a steady loss or gain from an oscillation, which leaves it near zero; noise in
    single samples hardly moves it.
    """


def drift(t: Float[Tensor, " time"], e: Float[Tensor, "trajectories time"], scale: float) -> Drift:
    """Return how far ``e`` moves from its first value along each motion.

    Means run over samples, slopes over the actual times, which may be irregular.

    Raises:
        ValueError: if the scale is not positive, or there is one sample only.
    """
    if not scale > 0:
        raise ValueError(f"the scale of a drift must be positive; got {scale}.")
    if len(t) < 2:
        raise ValueError(f"a drift needs two samples at least; got {len(t)}.")
    departure = (e - e[:, :1]) / scale
    return Drift(
        rms=departure.square().mean(dim=1).sqrt(),
        largest=departure.abs().amax(dim=1),
        change=slope(t, departure) * (t[-1] - t[0]).abs(),
    )


def slope(
    t: Float[Tensor, " time"], e: Float[Tensor, "trajectories time"]
) -> Float[Tensor, " trajectories"]:
    """Return the slope of the straight line through ``e(t)`` in the sense of least squares."""
    centred = t - t.mean()
    return (centred * (e - e.mean(dim=1, keepdim=True))).sum(dim=1) / centred.square().sum()


def energy_error(
    model: Float[Tensor, "trajectories time"], truth: Float[Tensor, "trajectories time"]
) -> Float[Tensor, " trajectories"]:
    """Return the mean over samples of ``(H(model) - H(truth))^2``, in J^2."""
    return (model - truth).square().mean(dim=1)


def kinetic_scale(
    energy: Energy, x: Float[Tensor, "*batch state"], coordinates: Coordinates = "canonical"
) -> float | None:
    r"""Return the size of an energy that is known up to a constant: mean of ``|y . dE/dy|``.

    ``y`` is the second half of the state, momenta or velocities. For an energy quadratic in them
    this is twice the mean kinetic energy; for an oscillator, by the virial theorem, it is the
    energy above rest. It does not change when a constant is added to E, grows in proportion when E
    is rescaled, and needs no truth, so that learned energies and recordings have a scale as well.
    None where E does not depend on ``y``. A state without pairs (``poisson``) has no such half: the
    mean of ``|x . dE/dx| / 2`` over the whole state is the same for an oscillator, and the energy
    itself where it is quadratic.

    Source:
        Goldstein, *Classical Mechanics*, 3rd ed., section 3.4, eq. (3.26).
    """
    products = x * energy_gradient(energy, x)
    part = products / 2 if coordinates == "poisson" else split_state(products)[1]
    scale = float(part.sum(-1).abs().mean())
    return scale if 0 < scale < torch.inf else None


def invariant_scale(invariant: Energy, x: Float[Tensor, "*batch state"]) -> float | None:
    r"""Return ``sqrt(mean over states of sum_i (dI/dx_i * rms(x_i))^2)``.

    The size that ``I`` would have, were the components of the state of their usual size and
    independent: a total momentum that happens to be zero is measured against the momenta of the
    bodies, an angular momentum against ``|r| |p|``. None where I does not depend on the state.
    """
    flat = x.reshape(-1, x.shape[-1])
    spread = flat.square().mean(dim=0)
    gradient = energy_gradient(invariant, flat)
    scale = float((gradient.square() * spread).sum(-1).mean().sqrt())
    return scale if 0 < scale < torch.inf else None
