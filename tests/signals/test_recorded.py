"""Inputs from a file: what is read between its rows, and what is refused."""

import re

import pytest
import torch

from src.config.experiment import complete
from src.data.cache import identity
from src.data.simulation import simulate_driven
from src.mechanics.state import split_state
from src.signals.recorded import RecordedInputs
from src.systems.arm_2r import Arm2R
from src.systems.pendulum import Pendulum

ROWS = "t,torque1,torque2\n2.0,1.0,-3.0\n3.0,2.0,-5.0\n\n5.0,0.0,1.0\n"


@pytest.fixture
def written(tmp_path):
    def write(text):
        (tmp_path / "u.csv").write_text(text)
        return str(tmp_path / "u.csv")

    return write


def law_of(path, system=None, count=3):
    return RecordedInputs(path).draw(system or Arm2R(), count, torch.Generator())


def test_inputs_are_straight_between_rows_and_time_counts_from_the_first(written):
    law, x = law_of(written(ROWS)), torch.zeros(3, 4).double()
    for t, expected in ((0.0, [1, -3]), (0.25, [1.25, -3.5]), (1.0, [2, -5]), (3.0, [0, 1])):
        u = law(t, x)
        assert u.shape == (3, 2)
        assert u.dtype == torch.float64
        assert u[2].tolist() == pytest.approx(expected)


def test_a_recorded_motion_is_made_again_by_its_inputs(written):
    system, t = Pendulum(damping=0.1), torch.linspace(0, 2, 41).double()
    x0 = torch.tensor([[0.4, 0.0]]).double()

    def torque(time, x):
        return (3 * torch.tensor([[time]]).double()).sin()

    x, u = simulate_driven(system, x0, t, "reference", torque)
    lines = [f"{float(time)!r},{float(value)!r}" for time, value in zip(t, u[0, :, 0], strict=True)]
    law = law_of(written("\n".join(["t, torque", *lines])), system, 1)
    again, _ = simulate_driven(system, x0, t, "reference", law)
    torch.testing.assert_close(again, x, rtol=1e-12, atol=1e-12)
    assert split_state(x)[0].std() > 0.1


def test_another_content_makes_other_data(written):
    first = RecordedInputs(written(ROWS))
    second = RecordedInputs(written(ROWS.replace("2.0,-5.0", "2.0,-5.1")))
    assert identity(first) != identity(second)
    assert identity(second) == identity(RecordedInputs(second.path))
    assert hash(first) != hash(second)


def test_a_recording_is_found_again_from_anywhere(written, monkeypatch, tmp_path):
    path = written(ROWS)
    monkeypatch.chdir(tmp_path)
    signal = {"_target_": "src.signals.recorded.RecordedInputs", "path": "u.csv"}
    data = {"_target_": "src.data.simulated.SimulatedData", "signal": signal}
    system = {"_target_": "src.systems.pendulum.Pendulum"}
    settings = complete({"data": data, "system": system})
    assert settings["data"]["signal"]["path"] == path


def refused(make, words):
    with pytest.raises(ValueError, match=re.escape(words).replace(r"\.\*", ".*")):
        make()


def test_a_missing_file_is_refused():
    refused(lambda: RecordedInputs("there.csv"), "signal.path must name a CSV file.*there.csv does")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "signal.path must name a table of two rows at least"),
        ("t,torque\n0,1\n", "signal.path must name a table of two rows at least.*holds 1 rows."),
        ("t,torque\n0\n1\n", "a number for each of the columns t, torque"),
        ("t,torque\n0,1\n1\n", "signal.path must name a table of numbers below a row of names"),
        ("t,torque\n0,1\n1,abc\n", "signal.path must name a table of numbers below a row of names"),
        ("t,torque\n0,1\n1,nan\n", "finite numbers whose times increase"),
        ("t,torque\n0,1\n0,2\n", "finite numbers whose times increase"),
    ],
)
def test_what_is_no_table_of_inputs_is_refused(written, text, words):
    path = written(text)
    refused(lambda: RecordedInputs(path), words)


def test_columns_that_are_not_the_inputs_are_refused(written):
    path = written("t,torque\n0,1\n1,2\n")
    refused(lambda: law_of(path), "columns t, torque1, torque2 for Arm2R; those of.*are t, torque.")


def test_a_recording_that_ends_before_the_motion_is_refused(written):
    law = law_of(written(ROWS))
    law(3.0 * (1 + 1e-12), torch.zeros(3, 4).double())
    refused(
        lambda: law(3.1, torch.zeros(3, 4).double()),
        "ends after 3 s, and an input is asked for at 3.1 s. Shorten the motions with data.horizon",
    )
