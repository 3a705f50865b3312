"""Every net that is written for a paper learns by the loss that its task names."""

import pytest
import torch
from hydra import compose, initialize_config_dir

from experiments.papers import papers
from src.config import schema
from src.config.build import plain
from src.config.experiment import build_experiment
from src.config.paths import CONF

METHODS = {
    target: task.overrides(method, 0, next(iter(task.folds)))
    for tasks in papers().values()
    for task in tasks
    if not task.recording
    for method, changed in task.methods.items()
    for target in changed
    if "_target_=experiments" in target
}
"""One for each net and each loss."""


@pytest.mark.parametrize("overrides", METHODS.values(), ids=METHODS)
def test_a_paper_net_learns_by_the_loss_of_its_task(overrides):
    schema.register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        settings = plain(compose("train", overrides=overrides))
    torch.manual_seed(0)
    made = build_experiment(settings)
    model, count = made.model, made.loss.window
    x = 0.3 * torch.randn(6, 1, model.spec.size) + 0.01 * torch.randn(6, count, model.spec.size)
    t, u = 0.05 * torch.arange(count).expand(6, -1), torch.ones(6, count, len(model.spec.inputs))
    scored = made.loss(model, made.integrator, t, x, torch.randn_like(x), u if u.numel() else None)
    scored.backward()
    slopes = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(slope.isfinite().all() for slope in slopes)
    assert any(slope.any() for slope in slopes)
