import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.losses.hermite import HermiteLoss, accelerations, doubts
from src.mechanics.state import StateSpec
from src.models.baseline import Baseline
from src.models.hnn import HNN

SPEC = StateSpec(positions=("x", "y"), angular=(False, False))
T = torch.tensor([[0.0, 0.1, 0.25, 0.3, 0.5]], dtype=torch.float64) + torch.tensor([[7.0], [0.3]])
T = T.double()


def power(k):
    """Positions t^k and (t - 1)^k, their rates, and accelerations."""
    base = torch.stack((T, T - 1), dim=-1)
    x = torch.cat((base**k, k * base ** (k - 1)), dim=-1)
    return x, k * (k - 1) * base ** (k - 2)


@pytest.mark.parametrize("k", [2, 3, 6, 9])
def test_accelerations_of_polynomials_are_exact(k):
    x, expected = power(k)
    error = accelerations(T, x) - expected
    assert error.abs().max() < 1e-8 * expected.abs().max()


def test_the_error_and_the_doubt_shrink_with_the_step():
    """As h^8 at a sample of five, and as h^6 without one of them."""

    def swing(h):
        t = h * torch.arange(5, dtype=torch.float64).expand(1, -1) + 0.3
        x = torch.stack((t.sin(), t.cos()), dim=-1)
        found = accelerations(t, x)
        return (found[..., 0] + t.sin()).abs().max(), doubts(t, x, found).abs().max()

    (coarse, first), (fine, second) = swing(0.4), swing(0.2)
    assert 150 < coarse / fine < 350
    assert 40 < first / second < 90
    assert first > 5 * coarse


def test_the_true_field_has_no_loss_and_a_wrong_one_has():
    class Free(Baseline):
        def forward(self, t, x, u=None):
            return torch.cat((x[..., 2:], self.pull * torch.ones_like(x[..., 2:])), dim=-1)

    model = Free(SPEC, coordinates="velocity").double()
    x, _ = power(2)
    for model.pull, expected in ((2.0, 0.0), (5.0, 9.0)):
        loss = HermiteLoss()(model, Leapfrog(), T, x, None)
        assert loss.item() == pytest.approx(expected, abs=1e-9)


def test_errors_of_large_accelerations_can_count_relative_to_them():
    """Those of 2 against a size of 1: all that is squared is divided by 1 + 2^2."""

    class Free(Baseline):
        def forward(self, t, x, u=None):
            return torch.cat((x[..., 2:], 5 * torch.ones_like(x[..., 2:])), dim=-1)

    x, _ = power(2)
    loss = HermiteLoss(relative=1.0)(
        Free(SPEC, coordinates="velocity").double(), Leapfrog(), T, x, None
    )
    assert loss.item() == pytest.approx(9 / 5)
    with pytest.raises(ValueError, match=r"loss.relative must be positive, or null; got 0"):
        HermiteLoss(relative=0.0)


def test_momenta_are_refused():
    with pytest.raises(ValueError, match=r"loss=hermite needs states .*model=hnn takes canonical"):
        HermiteLoss().check(HNN(SPEC), Leapfrog())
