"""From a config to objects: what is refused, and in which words."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from src.config.build import build
from src.config.experiment import complete
from src.config.listing import render
from src.systems.mass_spring import MassSpring

HERE = "test_build"


@dataclass(frozen=True)
class Sample:
    number: float = 1.0
    count: int | None = None
    word: str = "a"
    flag: bool = False
    place: Path | None = None
    anything: Any = None
    numbers: tuple[float, ...] = (1.0,)


def sample(**values):
    return build({"_target_": f"{__name__}.Sample", **values}, "sample")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"number": "abc"}, "sample.number must be a number; got 'abc' (str)."),
        ({"number": True}, "sample.number must be a number; got True (bool)."),
        ({"count": 1.5}, "sample.count must be a whole number or null; got 1.5 (float)."),
        ({"number": None}, "sample.number must be a number; got None (NoneType)."),
        ({"flag": 1}, "sample.flag must be true or false; got 1 (int)."),
        ({"word": 3}, "sample.word must be a word; got 3 (int)."),
        ({"numbers": 3}, "sample.numbers must be a list; got 3 (int)."),
        ({"numbers": "abc"}, "sample.numbers must be a list; got 'abc' (str)."),
        ({"numbr": 3}, "there is no key sample.numbr. Did you mean sample.number?"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(values, message):
    with pytest.raises(ValueError, match="sample") as caught:
        sample(**values)
    assert str(caught.value).startswith(message)


def test_whatever_may_fit_is_left_to_the_constructor():
    made = sample(number=2, count=None, place="here", anything="there", numbers=[1, 2])
    assert (made.number, made.place, made.anything) == (2, "here", "there")


def test_a_refusal_of_another_library_names_the_key():
    import torch

    make = build({"_target_": "torch.optim.Adam", "_partial_": True, "lr": -1}, "optimizer")
    with pytest.raises(ValueError, match=r"^optimizer: Invalid learning rate: -1$"):
        make(torch.nn.Linear(1, 1).parameters())
    with pytest.raises(ValueError, match=r"^optimizer\.lr must be a number; got 'abc'"):
        build({"_target_": "torch.optim.Adam", "_partial_": True, "lr": "abc"}, "optimizer")


def test_a_refusal_of_ours_is_passed_on_as_it_is():
    node = {"_target_": "src.systems.mass_spring.MassSpring", "mass": -1.0}
    with pytest.raises(ValueError, match=r"^system.mass must be positive; got -1.0 kg\.$"):
        build(node, "system")
    assert isinstance(build(node | {"mass": 2}, "system"), MassSpring)


def test_what_only_a_recording_tells_is_asked_of_it():
    simulated = {"_target_": "src.data.simulated.SimulatedData"}
    system = {"_target_": "src.systems.recorded.Recorded", "positions": None, "angular": None}
    with pytest.raises(ValueError, match=r"system=recorded|system\.positions must be given"):
        build(complete({"data": simulated, "system": system})["system"], "system")


def test_a_recording_is_found_again_from_anywhere(tmp_path, monkeypatch):
    rows = "\n".join(f"{0.1 * k},{k % 7},{k % 3}" for k in range(40))
    (tmp_path / "mine.csv").write_text(f"t,q,v\n{rows}\n")
    monkeypatch.chdir(tmp_path)
    system = {"_target_": "src.systems.recorded.Recorded", "positions": None, "masses": None}
    for path, whole in (
        ("mine.csv", str(tmp_path / "mine.csv")),
        (["mine.csv"], [str(tmp_path / "mine.csv")]),
    ):
        data = {"_target_": "src.data.files.FileData", "path": path}
        settings = complete({"data": data, "system": system, "cache": None})
        assert settings["data"]["path"] == whole
        assert settings["system"]["positions"] == ("q",)
        assert "cache" not in settings


def test_the_catalogue_lists_the_models_that_fit_each_system():
    """A model in velocities does not fit where these do not determine the momenta."""
    printed = render("systems")
    assert max(len(line) for line in printed.splitlines()) <= 110
    assert all(word in printed for word in ("celestial mechanics", "angular_momentum", "recorded"))
    rows = re.split(r"\n(?=\s?\w)", printed)
    fitting = {row.split()[0]: re.findall(r"\w+", row) for row in rows if row.strip()}
    assert "separable_hnn" in fitting["two_level"]
    assert "lnn" not in fitting["two_level"]
    assert "lnn" in fitting["penning_trap"]
    assert "baseline" in fitting["rigid_body"]
    assert "hnn" not in fitting["rigid_body"]
    assert "relativistic_charged_b" in fitting
    assert "baseline" in fitting["four_bar"]
    assert "hnn" not in fitting["four_bar"]
    assert "separable_hnn" in fitting["four_bar_reduced"]
    assert "poisson_hnn" in fitting["rigid_body"]
