"""Batches: every sample once per epoch, in an order that the seed and the epoch decide."""

import torch

from src.training.batches import ShuffledBatches, TensorBatches

DATA = (torch.arange(23), torch.arange(23) * 2.0)


def seen(batches, epoch=0):
    batches.sampler.set_epoch(epoch)
    return torch.cat([x for x, _ in batches])


def test_each_sample_is_seen_once_per_epoch_with_its_own_partner():
    batches = ShuffledBatches(DATA, 5, seed=0)
    parts = list(batches)
    assert len(parts) == len(batches) == 5
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
