"""What the reduced linkage has of its own; see test_four_bar for what it shares."""

import torch

from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.state import split_state
from src.systems.four_bar import FourBar
from src.systems.four_bar_reduced import FourBarReduced

SYSTEM = FourBarReduced()


def test_the_field_in_closed_form_is_hamiltons():
    x = SYSTEM.sample_initial(100, torch.Generator().manual_seed(0))
    torch.testing.assert_close(SYSTEM.vector_field(x), hamiltonian_field(SYSTEM.hamiltonian, x))


def test_the_inertia_is_that_of_the_crank_with_all_that_follows_it():
    crank = torch.linspace(-3, 3, 13, dtype=torch.float64)
    inertia = SYSTEM.mass_matrix(crank[:, None])[:, 0, 0]
    linkage = FourBar()
    x = linkage.moving(crank, torch.ones_like(crank))
    q, _ = split_state(x)
    torch.testing.assert_close(inertia, 2 * (linkage.hamiltonian(x) - linkage.potential(q)))
    assert inertia.max() > 2 * inertia.min(), "and it varies: no separable energy will do"


def test_starts_are_those_of_the_linkage():
    draws = (SYSTEM.sample_initial, FourBar().sample_initial)
    one, full = (draw(20, torch.Generator().manual_seed(3)) for draw in draws)
    torch.testing.assert_close(one[:, 0], full[:, 0])
    torch.testing.assert_close(SYSTEM.hamiltonian(one), FourBar().hamiltonian(full))
