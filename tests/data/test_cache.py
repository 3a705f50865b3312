"""The store of data: found again, never half written, never the wrong one."""

import logging
from dataclasses import dataclass

import numpy as np
import pytest

from src.data.cache import cached, identity
from src.systems.mass_spring import MassSpring


class Maker:
    """Counts how often it is asked."""

    def __init__(self, value: float = 1.0) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.calls += 1
        return {"x": np.full((2, 3), self.value)}


def files(root):
    return sorted((root / "data").iterdir())


def test_made_once(tmp_path):
    make = Maker()
    first = cached(tmp_path, "system-s0", {"seed": 0}, make)
    second = cached(tmp_path, "system-s0", {"seed": 0}, make)
    assert make.calls == 1
    np.testing.assert_array_equal(first["x"], second["x"])
    (file,) = files(tmp_path)
    assert file.name.startswith("system-s0-")
    assert file.suffix == ".npz"


def test_another_recipe_is_another_file(tmp_path):
    make = Maker()
    for recipe in ({"seed": 0}, {"seed": 1}, {"seed": 0, "step": 0.1}):
        cached(tmp_path, "system", recipe, make)
    assert make.calls == 3
    assert len(files(tmp_path)) == 3


def test_the_order_of_a_recipe_does_not_matter(tmp_path):
    make = Maker()
    cached(tmp_path, "system", {"a": 1, "b": 2}, make)
    cached(tmp_path, "system", {"b": 2, "a": 1}, make)
    assert make.calls == 1


@pytest.mark.parametrize("damage", [b"", b"no archive", "half"])
def test_a_broken_file_is_made_anew(tmp_path, damage, caplog):
    cached(tmp_path, "system", {}, Maker())
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage == "half" else damage)
    make = Maker()
    with caplog.at_level(logging.INFO):
        np.testing.assert_array_equal(cached(tmp_path, "system", {}, make)["x"], np.ones((2, 3)))
    assert make.calls == 1
    assert "cannot be read" in caplog.text
    cached(tmp_path, "system", {}, make)
    assert make.calls == 1


def test_a_file_of_another_recipe_is_not_believed(tmp_path):
    cached(tmp_path, "system", {"seed": 0}, Maker(1.0))
    cached(tmp_path, "system", {"seed": 1}, Maker(2.0))
    first, second = files(tmp_path)
    second.write_bytes(first.read_bytes())
    for seed, value in ((0, 1.0), (1, 2.0)):
        found = cached(tmp_path, "system", {"seed": seed}, Maker(value))
        assert (found["x"] == value).all()


def test_an_interrupted_run_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cached(tmp_path, "system", {}, Maker())
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "data").write_text("in the way")
    make = Maker()
    cached(tmp_path, "system", {}, make)
    cached(tmp_path, "system", {}, make)
    assert make.calls == 2


def test_an_identity_holds_class_parameters_and_source():
    spring = identity(MassSpring(mass=2.0))
    assert spring["class"] == "src.systems.mass_spring.MassSpring"
    assert spring["parameters"]["mass"] == 2.0
    assert spring == identity(MassSpring(mass=2.0))
    assert spring != identity(MassSpring(mass=2.5))


def test_an_edited_source_is_another_identity(tmp_path, monkeypatch):
    @dataclass(frozen=True)
    class Own:
        mass: float = 1.0

    before = identity(Own())
    edited = tmp_path / "own.py"
    edited.write_text("another formula")
    monkeypatch.setattr("inspect.getfile", lambda _: str(edited))
    assert identity(Own())["source"] != before["source"]


def test_what_was_typed_interactively_has_no_source(monkeypatch):
    def nowhere(_: object) -> str:
        raise OSError

    monkeypatch.setattr("inspect.getfile", nowhere)
    assert identity(MassSpring())["class"] == "src.systems.mass_spring.MassSpring"
