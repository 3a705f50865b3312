import math

import pytest
import torch

from src.evaluation.disc import carry_disc
from src.metrics.trajectory import Ruler
from src.systems.n_link_cartesian import NLinkCartesian

from .known_motions import (
    RK4,
    SPRING,
    Damped,
    FreeFall,
    LearnedHamiltonian,
    LearnedLagrangian,
    PlanarSpring,
    Recording,
    motions,
)

TIMES = torch.linspace(0, SPRING.time_scale, 31, dtype=torch.float64)


def carried(model, system=SPRING, **keywords):
    truth = motions(system, system.time_scale).clean
    ruler = Ruler.of(truth, system.spec)
    return carry_disc(model, system, RK4, RK4, truth[0, 0], ruler, TIMES, points=60, **keywords)


def test_friction_shrinks_the_disc_and_the_truth_keeps_it():
    disc = carried(Damped(SPRING, 0.3))
    torch.testing.assert_close(
        disc.model_area, torch.exp(-0.3 / SPRING.mass * TIMES), rtol=1e-4, atol=0
    )
    torch.testing.assert_close(disc.truth_area, torch.ones_like(TIMES), rtol=1e-12, atol=0)
    assert disc.truth.shape == disc.model.shape == (31, 60, 2)


def test_a_lagrangian_is_carried_in_the_true_momenta():
    disc = carried(LearnedLagrangian(SPRING.spec, SPRING.mass, SPRING.stiffness, factor=7.0))
    torch.testing.assert_close(disc.model, disc.truth, rtol=0, atol=1e-4)
    torch.testing.assert_close(disc.model_area, torch.ones_like(TIMES), rtol=1e-4, atol=0)


def test_with_more_degrees_of_freedom_the_shadows_add_up():
    system = PlanarSpring()
    disc = carried(LearnedHamiltonian(system), system, plane=1)
    torch.testing.assert_close(disc.model_area, torch.ones_like(TIMES), rtol=1e-4, atol=0)
    start = disc.model[0] - disc.model[0].mean(dim=0)
    assert float(start[:, [0, 2]].abs().max()) < 1e-12
    assert float(start[:, [1, 3]].abs().min(dim=1).values.max()) > 0.05


def test_a_recording_has_no_true_disc_and_without_masses_none_at_all():
    model = LearnedHamiltonian(SPRING)
    ruler = Ruler(torch.tensor([False, False]), torch.ones(2, dtype=torch.float64))
    centre = torch.tensor([1.0, 0.0], dtype=torch.float64)
    disc = carry_disc(model, Recording(), RK4, RK4, centre, ruler, TIMES)
    assert disc.truth is None
    assert disc.truth_area is None
    assert disc.model_area.isfinite().all()
    velocities = Recording(coordinates="velocity")
    assert carry_disc(model, velocities, RK4, RK4, centre, ruler, TIMES) is None


def test_constraints_leave_no_room_for_a_disc():
    system = NLinkCartesian(number=1)
    centre = system.sample_initial(1, torch.Generator().manual_seed(0))[0]
    ruler = Ruler(torch.zeros(4, dtype=torch.bool), torch.ones(4, dtype=torch.float64))
    assert carry_disc(FreeFall(system), system, RK4, RK4, centre, ruler, TIMES) is None


def test_the_first_boundary_is_the_circle_of_the_ruler():
    disc = carried(LearnedHamiltonian(SPRING), radius=0.5)
    truth = motions(SPRING, SPRING.time_scale).clean
    ruler = Ruler.of(truth, SPRING.spec)
    distance = ruler.distance(disc.model[0], truth[0, 0].expand(60, 2))
    torch.testing.assert_close(distance, torch.full((60,), 0.5 / math.sqrt(2)).double())


def test_the_plane_must_exist():
    with pytest.raises(ValueError, match="plane must be from 0 to 0; got 1"):
        carried(LearnedHamiltonian(SPRING), plane=1)


def test_a_disc_needs_points():
    truth = motions(SPRING, SPRING.time_scale).clean
    ruler = Ruler.of(truth, SPRING.spec)
    with pytest.raises(ValueError, match="three points at least"):
        carry_disc(
            LearnedHamiltonian(SPRING), SPRING, RK4, RK4, truth[0, 0], ruler, TIMES, points=2
        )
