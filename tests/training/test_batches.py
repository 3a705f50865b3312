"""Batches: every sample once per epoch, in an order that the seed and the epoch decide."""

import torch

from src.training.batches import ShuffledBatches, TensorBatches

DATA = (torch.arange(23), torch.arange(23) * 2.0)


def seen(batches, epoch=0):
    batches.sampler.set_epoch(epoch)
    return torch.cat([x for block in batches for x, _ in block])


def test_each_sample_is_seen_once_per_epoch_with_its_own_partner():
    batches = ShuffledBatches(DATA, 5, seed=0)
    blocks = list(batches)
    assert len(blocks) == len(batches) == 5
    parts = [batch for block in blocks for batch in block]
    assert sorted(torch.cat([x for x, _ in parts]).tolist()) == list(range(23))
    assert all(torch.equal(y, x * 2.0) for x, y in parts)


def test_the_order_depends_on_the_seed_and_the_epoch_alone():
    one, other = ShuffledBatches(DATA, 5, seed=0), ShuffledBatches(DATA, 5, seed=1)
    assert torch.equal(seen(one, 3), seen(ShuffledBatches(DATA, 7, seed=0), 3))
    assert not torch.equal(seen(one, 3), seen(one, 4))
    assert not torch.equal(seen(one, 3), seen(other, 3))


def test_processes_share_the_samples_evenly_without_overlap():
    parts = [ShuffledBatches(DATA, 4, 0, rank, 2) for rank in range(2)]
    shares = [seen(part).tolist() for part in parts]
    assert [len(share) for share in shares] == [13, 13]
    whole, last = ShuffledBatches(DATA, 4, 0).sampler.order()[:20].tolist(), shares[0][10:]
    assert sorted(shares[0][:10] + shares[1][:10]) == sorted(whole)
    assert shares[1][10:] == last  # three samples cannot be shared
    assert len(parts[0]) == len(parts[1]) == 6


def test_without_a_shuffle_the_order_is_that_of_the_data():
    assert torch.equal(torch.cat([x for x, _ in TensorBatches(DATA, 4)]), DATA[0])


def test_blocks_hold_the_same_batches_in_the_same_order():
    alone, blocks = ShuffledBatches(DATA, 5, seed=0), ShuffledBatches(DATA, 5, seed=0, block=2)
    assert [len(block) for block in blocks] == [2, 2, 1]
    assert len(blocks) == 3
    assert torch.equal(seen(alone, 1), seen(blocks, 1))


def test_the_place_in_an_epoch_does_not_depend_on_the_blocks():
    blocks = ShuffledBatches(DATA, 5, seed=0, block=2)
    next(iter(blocks))
    rest = ShuffledBatches(DATA, 5, seed=0)
    rest.load_state_dict(blocks.state_dict())
    assert torch.equal(seen(rest), seen(ShuffledBatches(DATA, 5, seed=0))[10:])
