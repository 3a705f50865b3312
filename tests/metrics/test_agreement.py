import pytest
import torch

from src.metrics.agreement import energy_agreement

TRUE = torch.rand(50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_an_affine_copy_agrees_fully():
    agreement = energy_agreement(3 * TRUE + 2, TRUE)
    assert agreement.r2 == pytest.approx(1.0)
    assert agreement.scale == pytest.approx(3.0)


def test_independent_noise_lowers_r2_as_its_share_of_the_variance():
    true = torch.tensor([1.0, 1.0, -1.0, -1.0], dtype=torch.float64)
    noise = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    agreement = energy_agreement(true + 2 * noise, true)
    assert agreement.r2 == pytest.approx(1 / 5)
    assert agreement.scale == pytest.approx(1.0)


@pytest.mark.parametrize("learned", [torch.ones(50).double(), TRUE * torch.nan])
def test_there_is_no_agreement_with_a_constant_or_with_nan(learned):
    assert energy_agreement(learned, TRUE) is None
    assert energy_agreement(TRUE, learned) is None
