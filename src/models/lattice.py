"""Neighbours on a line, for energies that are sums over its sites."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from ..mechanics.known import Lattice
from ..mechanics.state import StateSpec
from .base import Dynamics
from .extensive import Extensive

SAME = 1e-6
"""How much the spacings of two lattices may differ, relative to each other: they are rounded."""


class Windows:
    """What the energy density of a site depends on: its value, and how its neighbours differ.

    The window of site i holds ``q_i`` and the stretches ``q_{i+1} - q_i`` up to ``reach`` sites to
    the right. Beyond fixed ends the value is zero, beyond free ones that of the last site, and on a
    ring that of the first ones. Windows at a fixed end begin left of it, so that the bond to the
    wall counts.

    Raises:
        ValueError: if the reach is not at least 1, or longer than a ring.
    """

    def __init__(self, lattice: Lattice, reach: int) -> None:
        if not 1 <= reach < lattice.sites:
            raise ValueError(
                f"model.reach must be a whole number from 1 to {lattice.sites - 1}, less than the "
                f"sites of the lattice; got {reach}."
            )
        self.sites, self.ends, self.reach = lattice.sites, lattice.ends, reach

    def of(self, q: Float[Tensor, "*batch sites"]) -> Float[Tensor, "*batch windows seen"]:
        """Return the windows of all sites, ``seen = reach + 1`` numbers each."""
        reach = self.reach
        if self.ends == "periodic":
            q = torch.cat((q, q[..., :reach]), dim=-1)
        elif self.ends == "fixed":
            q = pad(q, (reach, reach))
        else:
            q = torch.cat((q, q[..., -1:].expand(*q.shape[:-1], reach)), dim=-1)
        count = q.shape[-1] - reach
        stretch = q.diff(dim=-1)
        seen = [q[..., :count], *(stretch[..., j : j + count] for j in range(reach))]
        return torch.stack(seen, dim=-1)

    def pull(self, gradient: Float[Tensor, "*batch windows seen"]) -> Float[Tensor, "*batch sites"]:
        """Return the gradient by the values, from that by the windows: the transpose of ``of``."""
        reach, sites = self.reach, self.sites
        value, *stretches = gradient.unbind(-1)
        aligned = [pad(part, (j, reach - 1 - j)) for j, part in enumerate(stretches)]
        by_stretch = torch.stack(aligned).sum(0)
        total = pad(value, (0, reach)) - pad(by_stretch, (0, 1)) + pad(by_stretch, (1, 0))
        if self.ends == "fixed":
            return total[..., reach : reach + sites]
        inside, beyond = total[..., :sites], total[..., sites:]
        if self.ends == "periodic":
            return inside + pad(beyond, (0, sites - reach))
        return inside + pad(beyond.sum(-1, keepdim=True), (sites - 1, 0))


class OnLattice(Extensive):
    """A model whose nets see the windows of a lattice."""

    needs = frozenset({"lattice"})

    def __init__(self, spec: StateSpec, reach: int) -> None:
        super().__init__(spec)
        assert spec.known.lattice is not None  # which `needs` has made sure of
        self.lattice = spec.known.lattice
        self.windows = Windows(self.lattice, reach)

    def scale_nets(self) -> None:
        """Do nothing: the nets see single sites, whose scales are set in ``fit_scaling``."""

    def adopt(self, trained: Dynamics) -> None:
        """Take the densities that were learned of fewer or of more sites.

        Raises:
            ValueError: if the sites were not as far apart: densities contain their distance; or if
                only one of both has free ends: what a density has of the form ``g(q_i+1) - g(q_i)``
                is never learned on a ring or between walls, and acts at free ends.
        """
        assert isinstance(trained, OnLattice)
        if (self.lattice.ends == "free") != (trained.lattice.ends == "free"):
            raise ValueError(
                f"model={self.kind} has learned energies of a lattice with {trained.lattice.ends} "
                f"ends, which do not tell what acts at free ones; got {self.lattice.ends} ends."
            )
        here, there = self.lattice.spacing, trained.lattice.spacing
        if abs(here - there) > SAME * there:
            raise ValueError(
                f"model={self.kind} has learned energies of sites {there:g} apart, and they "
                f"contain that distance; got {here:g}. Change the length with the number of sites."
            )
        super().adopt(trained)
