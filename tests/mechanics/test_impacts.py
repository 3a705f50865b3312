"""The record of impacts, and impacts in other coordinates."""

import torch

from src.mechanics.impacts import Impact, Impacts


def record(sample, output, after):
    count = len(sample)
    states = torch.tensor(after, dtype=torch.float64).unsqueeze(-1)
    return Impacts(
        torch.tensor(sample),
        torch.tensor(output),
        torch.arange(count, dtype=torch.float64),
        torch.zeros(count, 1, dtype=torch.float64),
        states,
    )


def test_changes_add_up_from_the_output_after_each_impact():
    impacts = record([0, 1, 0, 0], [1, 2, 1, 3], [1.0, 10.0, 2.0, 4.0])
    change = impacts.change(lambda x: 3 * x[..., 0] + 7, 2, 4)
    assert change.tolist() == [[0, 9, 9, 21], [0, 0, 30, 30]]
    assert impacts.total(torch.ones(4), 2, 4).tolist() == [[0, 2, 2, 3], [0, 0, 1, 1]]


def test_parts_of_a_batch_over_parts_of_the_time_are_joined():
    first = record([0, 1], [1, 1], [1.0, 2.0])
    rest = record([0], [1], [4.0]).renumbered(torch.tensor([2]), start=3)
    joined = Impacts.joined([first, rest])
    assert joined.sample.tolist() == [0, 1, 2]
    assert joined.output.tolist() == [1, 1, 4]
    assert joined.after.flatten().tolist() == [1, 2, 4]


def test_an_impact_is_the_same_in_other_coordinates():
    impact = Impact(
        surface=lambda x: x[..., 0] - 1,
        reset=lambda x: x * x.new_tensor([1.0, -0.5]),
        counts=lambda x: x[..., 1] < 0,
        rest=lambda x: x * x.new_tensor([1.0, 0.0]),
    )
    mass = torch.tensor([1.0, 4.0], dtype=torch.float64)
    seen = impact.seen_in(lambda y: y * mass, lambda x: x / mass)
    x = torch.randn(5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(seen.surface(x / mass), impact.surface(x))
    assert torch.equal(seen.counts(x / mass), impact.counts(x))
    torch.testing.assert_close(seen.reset(x / mass) * mass, impact.reset(x))
    torch.testing.assert_close(seen.rest(x / mass) * mass, impact.rest(x))
