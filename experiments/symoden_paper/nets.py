"""The nets of Zhong et al.

They see (q, v) through the cosine and sine of angles, and are followed in (q, v); those of task 1
see (q, p) as they are. They have no scales, and start from orthogonal weights.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.problem import Canonical
from src.mechanics.state import StateSpec, split_state
from src.models.baseline import Baseline
from src.models.energy_net import EnergyNet
from src.models.features import Features
from src.models.mass_net import MassNet
from src.models.mlp import MLP, ScalarMLP
from src.models.natural_energy import NaturalEnergy

from ..unscaled import Unscaled


def redraw(net: MLP | ScalarMLP) -> None:
    """Draw weights as the paper's code does: orthogonal but the last, biases as torch draws."""
    layers = [layer for layer in [*net.hidden, net.output] if isinstance(layer, nn.Linear)]
    for layer in layers:
        layer.reset_parameters()
    for layer in layers[:-1]:
        nn.init.orthogonal_(layer.weight)


class PaperNaive(Unscaled, Baseline):
    """Their naive baseline: all rates from one net; theirs gives rates of cosine and sine."""

    def __init__(self, spec: StateSpec, width: int) -> None:
        super().__init__(spec, width, 2, "tanh", "velocity")
        redraw(self.net)


class ThroughMasses(Unscaled):
    r"""Accelerations by way of a learned :math:`A = M^{-1}`: :math:`a = A \dot p + \dot A p`."""

    learns = "field"
    represents = frozenset({"inputs"})

    def __init__(self, spec: StateSpec, width: int) -> None:
        super().__init__(spec.expressed_in("velocity"))
        # As many layers as the numbers of parameters that they print tell.
        self.masses = MassNet(spec.angular, width, 2 if spec.dof == 1 else 3, "tanh")
        redraw(self.masses.net)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)``; without ``u``, under inputs of zero."""
        q, v = split_state(x)
        inverse = self.masses.matrix(q)
        p = torch.linalg.solve(inverse, v.unsqueeze(-1)).squeeze(-1)
        if u is None:
            u = x.new_zeros(*x.shape[:-1], len(self.spec.inputs))
        turning, force, along = self.rates(torch.cat((q, p), dim=-1), v, u)
        return torch.cat((turning, (inverse @ force.unsqueeze(-1)).squeeze(-1) + along), dim=-1)

    @abstractmethod
    def rates(self, state: Tensor, v: Tensor, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return dq/dt, dp/dt and dA/dt p at a state (q, p)."""

    def energy(self, x: Float[Tensor, "*batch state"]) -> None:
        """Return None: it is judged by its motions alone."""

    def canonical(self) -> Canonical:
        """Refuse: it is judged by its motions alone.

        Raises:
            ValueError: always, with what to use.
        """
        raise ValueError(f"model={self.kind} moves in (q, v); use integrator=rk4 or dopri8.")


class PaperGeometric(ThroughMasses):
    """Their geometric baseline: dq/dt and dp/dt from one net without structure."""

    kind: ClassVar[str] = "geometric"

    def __init__(self, spec: StateSpec, width: int, masses: int) -> None:
        super().__init__(spec, masses)
        self.features = Features(self.spec.angles)
        seen = self.features.count + len(spec.inputs)
        self.net = MLP(seen, spec.size, width, 2, "tanh")
        redraw(self.net)

    def rates(self, state: Tensor, v: Tensor, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the net's rates."""
        q, _ = split_state(state)
        seen = self.features(torch.cat((q, v), dim=-1))
        turning, force = split_state(self.net(torch.cat((seen, u), dim=-1)))
        return turning, force, self.masses.blocks_along(state, turning).l_vq_v


class PaperSymODEN(ThroughMasses):
    """Their structured model, ``H = p^T A p / 2 + V`` and ``dp/dt = -H_q + g(q) u``.

    Theirs lets the diagonal of the triangle of A have any sign.

    Source:
        Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077, section 3.
    """

    kind: ClassVar[str] = "symoden"

    def __init__(self, spec: StateSpec, masses: int, potential: int, gain: int) -> None:
        super().__init__(spec, masses)
        self.potential = EnergyNet(spec.angular, potential, 2, "tanh")
        self.features = Features(spec.angular)
        self.gain = MLP(self.features.count, spec.dof * len(spec.inputs), gain, 2, "tanh")
        redraw(self.potential.net)
        redraw(self.gain)

    def rates(self, state: Tensor, v: Tensor, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return Hamilton's rates, and the action of the inputs."""
        q, _ = split_state(state)
        blocks = self.masses.blocks_along(state, v)
        gain = self.gain(self.features(q)).unflatten(-1, (self.spec.dof, -1))
        supplied = (gain @ u.unsqueeze(-1)).squeeze(-1)
        return v, supplied - blocks.l_q - self.potential.gradient(q), blocks.l_vq_v


class PaperBlind(Unscaled):
    """Their naive baseline of task 1: rates of (q, p) from one net, which does not see inputs."""

    kind: ClassVar[str] = "naive"
    learns = "field"
    represents = frozenset({"inputs"})

    def __init__(self, spec: StateSpec, width: int) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.net = MLP(spec.size, spec.size, width, 2, "tanh")
        redraw(self.net)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the net's rates, whatever the inputs."""
        return self.net(x)

    def energy(self, x: Float[Tensor, "*batch state"]) -> None:
        """Return None: there is none."""

    def canonical(self) -> Canonical:
        """Return the learned field; its coordinates are canonical already."""
        return Canonical(self.field().f)


class OfPairs(Unscaled):
    r"""Their models of task 1, :math:`\dot q = H_p,\ \dot p = -H_q + g(q) u`.

    They see (q, p) as they are, angles too.

    Source:
        Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077, section 3.1.
    """

    learns = "hamiltonian"
    represents = frozenset({"inputs"})

    def __init__(self, spec: StateSpec, hamiltonian: EnergyNet | NaturalEnergy, gain: int) -> None:
        super().__init__(spec.expressed_in("canonical"))
        self.hamiltonian = hamiltonian
        self.gain = MLP(spec.dof, spec.dof * len(spec.inputs), gain, 2, "tanh")
        redraw(self.gain)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return Hamilton's rates, and the action of the inputs; without ``u``, of none."""
        rate = hamiltonian_field(self.hamiltonian, x)
        if u is None:
            return rate
        q, _ = split_state(x)
        gain = self.gain(q).unflatten(-1, (self.spec.dof, -1))
        supplied = (gain @ u.unsqueeze(-1)).squeeze(-1)
        return rate + torch.cat((torch.zeros_like(q), supplied), dim=-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H."""
        return self.hamiltonian(x)

    def canonical(self) -> Canonical:
        """Return the learned field without inputs; its coordinates are canonical already."""
        return Canonical(self.field().f)


class PaperUnstructured(OfPairs):
    """H from one net."""

    kind: ClassVar[str] = "unstructured"

    def __init__(self, spec: StateSpec, width: int, gain: int) -> None:
        energy = EnergyNet([False] * spec.size, width, 2, "tanh")
        redraw(energy.net)
        super().__init__(spec, energy, gain)


class PaperPlainSymODEN(OfPairs):
    """``H = p^T A(q) p / 2 + V(q)``; A is positive, theirs may have any sign."""

    kind: ClassVar[str] = "symoden"

    def __init__(self, spec: StateSpec, masses: int, potential: int, gain: int) -> None:
        numbers = [False] * spec.dof
        inverse = MassNet(numbers, masses, 2, "tanh")
        energy = EnergyNet(numbers, potential, 2, "tanh")
        redraw(inverse.net)
        redraw(energy.net)
        super().__init__(spec, NaturalEnergy(inverse, energy, 1), gain)
