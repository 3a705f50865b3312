import copy

import pytest
import torch

from src.training.soap import SOAP


def quadratic(seed=0, size=6):
    """Return a loss |A W B - C|^2 whose Hessian is badly conditioned along no single weight."""
    draw = torch.Generator().manual_seed(seed)

    def turned():
        axes = torch.linalg.qr(torch.randn(size, size, generator=draw).double()).Q
        return axes @ torch.diag(torch.logspace(0, -2, size).double()) @ axes.mT

    a, b = turned(), turned()
    goal = a @ torch.randn(size, size, generator=draw).double() @ b
    return lambda w: (a @ w @ b - goal).square().sum()


def descend(make, steps, loss, weight):
    optimizer = make([weight])
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * (1 - step / steps)
        optimizer.zero_grad()
        loss(weight).backward()
        optimizer.step()
    return loss(weight).item()


def test_it_falls_where_adam_does_not():
    loss = quadratic()
    ours, theirs = (
        descend(make, 400, loss, torch.zeros(6, 6).double().requires_grad_())
        for make in (lambda w: SOAP(w, lr=0.1), lambda w: torch.optim.Adam(w, lr=0.1))
    )
    assert ours < theirs / 10


def test_a_state_that_is_read_again_goes_on_as_it_was():
    loss, weight = quadratic(), torch.zeros(6, 6).double().requires_grad_()
    optimizer = SOAP([weight], lr=0.1)

    def go(optimizer, weight, steps=7):
        for _ in range(steps):
            optimizer.zero_grad()
            loss(weight).backward()
            optimizer.step()

    go(optimizer, weight)
    twin = weight.detach().clone().requires_grad_()
    other = SOAP([twin], lr=0.1)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    go(optimizer, weight)
    go(other, twin)
    assert torch.equal(weight, twin)


@pytest.mark.parametrize(("key", "value"), [("lr", 0.0), ("betas", (1.0, 0.9)), ("every", 0)])
def test_settings_out_of_range_are_refused(key, value):
    with pytest.raises(ValueError, match=rf"optimizer\.{key} must be"):
        SOAP([torch.zeros(2)], **{key: value})
