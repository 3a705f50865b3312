"""How far off the forces are that a model thinks a motion takes."""

import pytest
import torch

from src.data.trajectories import Trajectories
from src.evaluation.coordinates import Translation
from src.evaluation.derivative import derivative_record
from src.models.base import Dynamics
from src.systems.arm_2r import Arm2R


class Off(Dynamics):
    """The true motion of an arm, with torques that are too large by a constant."""

    kind, learns = "off", "field"

    def __init__(self, system, torque):
        super().__init__(system.spec)
        self.system, self.torque = system, torque

    def forward(self, t, x, u=None):
        rate = self.system.rate(x, u)
        return rate + torch.nn.functional.pad(torch.full_like(u, self.torque), (2, 0))

    def energy(self, x):
        return None

    def scale_nets(self):
        pass

    def canonical(self):
        raise NotImplementedError


@pytest.mark.parametrize("torque", [0.0, 0.7])
def test_a_constant_torque_too_much_is_read_from_the_accelerations(torque):
    arm = Arm2R()
    x = arm.sample_initial(6, torch.Generator().manual_seed(0)).reshape(2, 3, 4)
    u = torch.randn(2, 3, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    t, mask = torch.arange(3).double().expand(2, -1), torch.ones(2, 3, dtype=torch.bool)
    motions = Trajectories(arm.spec, t, x, mask, dx=arm.rate(x, u), clean=x, u=u)
    record = derivative_record(Translation(arm, Off(arm, torque)), motions)
    expected = torque / float(u.square().mean().sqrt())
    assert record["force_error"] == pytest.approx(expected, abs=1e-12)
