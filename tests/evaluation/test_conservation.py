"""What is said of the motions of a data set."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from src.data.simulated import SimulatedData
from src.evaluation.conservation import conservation
from src.systems.mass_spring import MassSpring
from src.systems.two_body import TwoBody


def test_energy_and_invariants_of_a_reference_motion_are_kept(tmp_path: Path):
    system = TwoBody()
    motions = SimulatedData(trajectories=20).load(system, tmp_path).train
    changes = conservation(system, motions)
    assert set(changes) == {"energy", *system.invariants(motions.x)}
    assert all(change["p90"] < 1e-11 for change in changes.values())


def test_a_change_is_measured_in_energy_scales(tmp_path: Path):
    system = MassSpring()
    motions = SimulatedData(trajectories=20).load(system, tmp_path).train
    assert motions.clean is not None
    decay = torch.exp(-0.1 * motions.t).unsqueeze(-1)
    changes = conservation(system, replace(motions, clean=motions.clean * decay))
    energy = system.hamiltonian(motions.clean[:, 0]) / system.energy_scale
    lost = (1 - math.exp(-0.2 * motions.duration)) * energy
    assert changes["energy"]["mean"] == pytest.approx(float(lost.mean()), rel=1e-9)
