"""The container of motions, windows of it, and noise on it."""

import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from src.data.noise import add_noise, generator
from src.data.trajectories import Motion, stack
from src.data.windows import windows
from src.mechanics.state import StateSpec

SPEC = StateSpec(("q",), (False,))


def ramp(length: int, start: float = 0.0) -> Motion:
    t = start + torch.arange(length).double()
    x = torch.stack((t, -t), dim=-1)
    return Motion(t, x, dx=2 * x)


def test_padding_repeats_the_last_sample():
    stacked = stack(SPEC, [ramp(5), ramp(3, 10.0)], "observed")
    assert stacked.mask.tolist() == [[True] * 5, [True] * 3 + [False] * 2]
    assert stacked.t[1].tolist() == [10, 11, 12, 12, 12]
    assert stacked.x[1, 3:].tolist() == [[12, -12]] * 2
    assert stacked.dx is not None
    assert stacked.samples == 8
    assert stacked.duration == 4


def test_what_one_motion_lacks_all_lack():
    bare = Motion(ramp(4).t, ramp(4).x)
    assert stack(SPEC, [ramp(5), bare], "observed").dx is None


def test_selection_keeps_all_parts_aligned():
    stacked = stack(SPEC, [ramp(5), ramp(3, 10.0), ramp(4, 20.0)], "observed")
    chosen = stacked.select(torch.tensor([2, 0]))
    assert len(chosen) == 2
    assert torch.equal(chosen.t, stacked.t[[2, 0]])
    assert torch.equal(chosen.dx, stacked.dx[[2, 0]])
    assert chosen.spec == SPEC


def test_long_motions_are_trimmed_at_both_ends_and_short_ones_stay():
    trimmed = stack(SPEC, [ramp(8), ramp(3, 10.0)], "observed").trimmed(2, longer_than=5)
    assert trimmed.mask.tolist() == [[True] * 4, [True] * 3 + [False]]
    assert trimmed.t.tolist() == [[2, 3, 4, 5], [10, 11, 12, 12]]
    assert torch.equal(trimmed.dx, 2 * trimmed.x)


def test_scale_ignores_padding():
    scale = stack(SPEC, [ramp(5), ramp(1, 2.0)], "observed").scale
    values = torch.tensor([0.0, 1, 2, 3, 4, 2]).double()
    torch.testing.assert_close(scale, values.std(correction=0).expand(2))


def test_the_scale_of_an_angle_does_not_grow_with_its_turns():
    angle = StateSpec(("theta",), (True,))
    few, many = (stack(angle, [ramp(n)], "observed") for n in (5, 500))
    assert few.scale.tolist() == pytest.approx([math.sqrt(2), math.sqrt(2)])
    circle = (2 * torch.pi * torch.rand(100000, generator=generator(0, "angles"))).std()
    assert float(many.scale[0]) == pytest.approx(float(circle), rel=0.01)
    assert float(many.scale[1]) > 100


def test_no_motions_are_refused():
    with pytest.raises(ValueError, match="must hold one motion at least; got none"):
        stack(SPEC, [], "observed")


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), length=st.integers(1, 9))
def test_windows_are_all_runs_of_consecutive_samples_and_no_others(lengths, length):
    motions = [ramp(n, 100.0 * i) for i, n in enumerate(lengths)]
    stacked = stack(SPEC, motions, "observed")
    if length > max(lengths):
        with pytest.raises(ValueError, match="longest uninterrupted motion"):
            windows(stacked, length)
        return
    found = windows(stacked, length)
    expected = [
        motion.t[i : i + length].tolist()
        for motion in motions
        for i in range(len(motion.t) - length + 1)
    ]
    assert found.t.tolist() == expected
    assert found.x.shape == (len(expected), length, 2)
    torch.testing.assert_close(found.x[..., 0], found.t)
    torch.testing.assert_close(found.dx, 2 * found.x)


def test_windows_of_no_samples_are_refused():
    with pytest.raises(ValueError, match=re.escape("between 1 sample and the 5 samples")):
        windows(stack(SPEC, [ramp(5)], "observed"), 0)


def test_windows_without_targets_have_none():
    assert windows(stack(SPEC, [Motion(ramp(4).t, ramp(4).x)], "observed"), 2).dx is None


def test_noise_has_the_asked_size_on_each_coordinate():
    scale = torch.tensor([1.0, 100.0]).double()
    x = torch.zeros(50, 1000, 2).double()
    noisy = add_noise(x, 0.05, scale, generator(0, "noise"))
    torch.testing.assert_close(noisy.std(dim=(0, 1)), 0.05 * scale, rtol=0.02, atol=0)
    assert (noisy.mean(dim=(0, 1)) / scale).abs().max() < 1e-3
    correlation = (noisy[..., 0] * noisy[..., 1]).mean() / (0.05**2 * scale.prod())
    assert abs(float(correlation)) < 0.02


def test_levels_share_their_draw_and_no_noise_changes_nothing():
    x, scale = torch.ones(3, 4, 2).double(), torch.ones(2).double()
    once = add_noise(x, 0.1, scale, generator(1, "noise")) - x
    twice = add_noise(x, 0.2, scale, generator(1, "noise")) - x
    torch.testing.assert_close(twice, 2 * once)
    assert torch.equal(add_noise(x, 0.0, scale, generator(1, "noise")), x)


@given(seed=st.integers(0, 10**6), other=st.integers(0, 10**6))
def test_streams_differ_by_seed_and_by_purpose(seed, other):
    def draw(*key: object) -> float:
        return float(torch.rand(1, generator=generator(*key), dtype=torch.float64))

    assert draw(seed, "train") == draw(seed, "train")
    assert draw(seed, "train") != draw(seed, "in_distribution")
    assert seed == other or draw(seed, "train") != draw(other, "train")
    assert not math.isnan(draw(seed, ""))
