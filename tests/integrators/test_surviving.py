"""Samples that cannot be continued, and how intervals are cut into steps."""

from dataclasses import dataclass

import pytest
import torch
from motions import Coupled, spring

from src.integrators.base import IntegrationError, Integrator, Path, integrate_surviving
from src.integrators.fixed_step import substeps
from src.integrators.leapfrog import Leapfrog

TIMES = torch.arange(0, 6, dtype=torch.float64)


@dataclass(frozen=True)
class Mortal(Integrator):
    """``x`` grows by 1 per unit of time, until its second component says that it ends."""

    order = 1
    symplectic = False

    def integrate(self, motion, x0, t):
        outputs = [x0]
        for now, width in zip(t[1:], t.diff(), strict=True):
            failed = x0[..., 1] < now
            if bool(failed.any()):
                path = Path(t[: len(outputs)], torch.stack(outputs), len(outputs))
                raise IntegrationError(failed, path, "its time has come", "Ask less of it.")
            outputs.append(outputs[-1] + torch.stack((width, 0 * width)))
        return Path(t, torch.stack(outputs), len(outputs))


def test_each_sample_goes_as_far_as_it_can():
    ends = torch.tensor([[9.0, 2.5, 0.5], [2.5, 4.0, 9.0]], dtype=torch.float64)
    x0 = torch.stack((torch.zeros_like(ends), ends), dim=-1)
    path = integrate_surviving(Mortal(), spring(), x0, TIMES)
    lasted = torch.isfinite(path.x).all(-1)
    assert path.x.shape == (6, 2, 3, 2)
    assert lasted.sum(0).tolist() == [[6, 3, 1], [3, 5, 6]]
    assert path.x[..., 0][lasted].equal(TIMES.reshape(-1, 1, 1).expand(6, 2, 3)[lasted])
    assert path.field_evaluations == 1 + 3 + 3 + 2  # one stretch for each time a sample ends


def test_no_sample_may_last():
    x0 = torch.tensor([0.0, 1.5], dtype=torch.float64)
    path = integrate_surviving(Mortal(), spring(), x0, TIMES)
    assert torch.isfinite(path.x).all(-1).tolist() == [True, True, False, False, False, False]


def test_the_error_says_how_many_when_why_and_what_to_do():
    x0 = torch.tensor([[0.0, 9.0], [0.0, 2.5]], dtype=torch.float64)
    with pytest.raises(
        IntegrationError, match=r"1 of 2 could not be, beyond t = 2: its time has come\. Ask"
    ):
        Mortal().integrate(spring(), x0, TIMES)


def test_a_mistake_of_the_user_is_not_a_sample_that_ends():
    x0 = torch.zeros(3, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="not separable"):
        integrate_surviving(Leapfrog(), Coupled(), x0, TIMES)
    with pytest.raises(ValueError, match="increase or decrease strictly"):
        integrate_surviving(Leapfrog(), spring(), x0, torch.zeros(2))


def test_intervals_are_cut_into_equal_steps_no_longer_than_asked():
    t = torch.tensor([0.0, 0.1, 0.35, 0.05], dtype=torch.float64)
    cut = substeps(t, 0.1)
    assert [count for _, _, count in cut] == [1, 3, 3]
    assert [start + h * count for start, h, count in cut] == pytest.approx([0.1, 0.35, 0.05])
    assert [count for _, _, count in substeps(t, None)] == [1, 1, 1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rounding_of_the_times_takes_no_extra_step(dtype):
    t = 1000 + torch.arange(100, dtype=dtype) * 0.1
    assert {count for _, _, count in substeps(t, 0.1)} == {1}
