"""Windows at times of their own, against the exact motion of a mass on a spring."""

import pytest
import torch

from src.losses.window import Rescaled, follow
from src.systems.mass_spring import MassSpring

SPRING = MassSpring(mass=2.0, stiffness=3.0)
TIMES = {
    "equal": [[0.0, 0.1, 0.2], [0.0, 0.1, 0.2], [0.0, 0.1, 0.2]],
    "equal, started at different times": [[5.0, 5.1, 5.2], [0.0, 0.1, 0.2], [9.0, 9.1, 9.2]],
    "proportional": [[0.0, 0.1, 0.2], [3.0, 3.3, 3.6], [0.0, 0.05, 0.1]],
    "irregular": [[0.0, 0.1, 0.4], [1.0, 1.3, 1.35], [0.0, 0.2, 0.4]],
}


@pytest.mark.parametrize("name", TIMES)
def test_every_window_is_followed_in_its_own_time(integrator, name):
    t = torch.tensor(TIMES[name], dtype=torch.float64)
    x0 = SPRING.sample_initial(3, torch.Generator().manual_seed(0))
    path = follow(SPRING, integrator, t, x0)
    for row in range(3):
        exact = SPRING.exact_flow(x0[row], t[row] - t[row, 0])
        torch.testing.assert_close(path[row], exact, atol=5e-6, rtol=0.0)


def test_late_float32_times_still_count_as_equal(runge_kutta):
    class Once(type(runge_kutta)):
        calls = 0

        def integrate(self, motion, x0, t):
            Once.calls += 1
            assert not isinstance(motion, Rescaled)
            return super().integrate(motion, x0, t)

    step = 0.01 * torch.arange(4, dtype=torch.float64)
    t = (torch.tensor([[0.0], [123.456], [987.654]], dtype=torch.float64) + step).float()
    x0 = SPRING.sample_initial(3, torch.Generator().manual_seed(0)).float()
    path = follow(SPRING, Once(), t, x0)
    assert Once.calls == 1
    assert path.dtype == torch.float32


def test_rescaled_motions_keep_their_coordinates():
    assert Rescaled(SPRING, torch.ones(3, 1)).coordinates == "canonical"
