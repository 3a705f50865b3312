"""When checkpoints to go on from are written."""

import pytest

from src.training import savers
from src.training.savers import BestAndLast

from .toys import toy_training


@pytest.mark.parametrize(("fresh", "expected"), [(0.0, [1, 2, 3, 4, 5]), (1e6, [3, 5])])
def test_a_fresh_checkpoint_needs_no_other_one_until_a_validation(
    fresh, expected, tmp_path, cache, monkeypatch
):
    monkeypatch.setattr(savers, "FRESH", fresh)
    epochs, save = [], BestAndLast._save

    def noted(self, trainer, name):
        if name == "last":
            epochs.append(trainer.current_epoch + 1)
        save(self, trainer, name)

    monkeypatch.setattr(BestAndLast, "_save", noted)
    saver = BestAndLast(every_seconds=1e6)
    training = toy_training(tmp_path, cache, epochs=5, callbacks=[saver], check_val_every_n_epoch=3)
    training.run(lambda row, step: None)
    assert epochs == expected
    assert saver.path("last").is_file()
