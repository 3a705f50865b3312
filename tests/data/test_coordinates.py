"""The same motion in other coordinates keeps its rates."""

from dataclasses import replace

import pytest
import torch

from src.data.coordinates import express
from src.data.derivatives import central_differences, savitzky_golay
from src.data.simulated import SimulatedData
from src.data.trajectories import Motion, stack
from src.mechanics.state import StateSpec
from src.systems.mass_spring import MassSpring

from .samples import Bead, RungeKutta

SOURCE = SimulatedData(trajectories=8, noise=0.05, step=0.02, horizon=0.4, integrator=RungeKutta(1))


def test_there_and_back(tmp_path):
    motions = SOURCE.load(Bead(), tmp_path).train
    back = express(express(motions, Bead(), "velocity"), Bead(), "canonical")
    torch.testing.assert_close(back.x, motions.x)
    torch.testing.assert_close(back.clean, motions.clean)
    torch.testing.assert_close(back.dx, motions.dx)
    assert back.spec == motions.spec


def test_exact_rates_are_those_of_the_noise_free_motion(tmp_path):
    """With an inertia that varies: at the noisy states they would be others."""
    motions = express(SOURCE.load(Bead(), tmp_path).train, Bead(), "velocity")
    assert motions.spec.names == ("q", "v_q")
    estimate = torch.stack(
        [central_differences(t, x).dx for t, x in zip(motions.t, motions.clean, strict=True)]
    )
    torch.testing.assert_close(motions.dx, estimate, rtol=0, atol=2e-3)
    at_noisy = express(
        replace(SOURCE.load(Bead(), tmp_path).train, rate_of="observed"), Bead(), "velocity"
    )
    assert (at_noisy.dx - estimate).abs().max() > 0.02


def test_estimated_rates_stay_with_the_observed_states(tmp_path):
    """Where the inertia is constant, converting and estimating commute, noise and all."""
    system = MassSpring(mass=2.5)
    source = SimulatedData(trajectories=5, derivatives="savitzky_golay")
    motions = express(source.load(system, tmp_path).train, system, "velocity")
    estimate = replace(motions, dx=None)
    for row in range(len(motions)):
        again = savitzky_golay(estimate.t[row], estimate.x[row]).dx
        torch.testing.assert_close(motions.dx[row], again, rtol=1e-9, atol=1e-9)


def test_the_same_coordinates_change_nothing(tmp_path):
    motions = SOURCE.load(Bead(), tmp_path).train
    assert express(motions, Bead(), "canonical") is motions


def test_motions_without_rates_have_none_after():
    t = torch.arange(3).double()
    bare = stack(Bead().spec, [Motion(t, torch.stack((t, t), -1))], "observed")
    assert express(bare, Bead(), "velocity").dx is None


def test_unknown_maps_are_refused():
    t = torch.arange(3).double()
    field = StateSpec(("u1", "u2"), (False, False), "poisson")
    with pytest.raises(ValueError, match="between canonical and velocity coordinates"):
        express(stack(field, [Motion(t, torch.stack((t, t), -1))], "observed"), Bead(), "velocity")
