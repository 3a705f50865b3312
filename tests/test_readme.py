"""What the README says of numbers is what was measured."""

import json
from pathlib import Path

import pytest

from experiments.energy_drift import reproduce

ROOT = Path(__file__).parents[1]
NOISE = reproduce.NOISES[0]


def results():
    return json.loads((reproduce.HERE / "results.json").read_text())


@pytest.mark.parametrize(
    ("page", "noise"),
    [
        (ROOT / "README.md", NOISE),
        *((reproduce.HERE / "README.md", noise) for noise in reproduce.NOISES),
    ],
)
def test_the_table_is_that_of_the_results(page, noise):
    assert reproduce.table(results(), noise) in page.read_text()


def drift(system, model, test_set):
    rows = [r for r in results() if (r["noise"], r["system"], r["model"]) == (NOISE, system, model)]
    assert sorted(row["seed"] for row in rows) == list(reproduce.SEEDS)
    assert all(row[test_set]["non_finite"] == 0 for row in rows)
    return reproduce.median(rows, test_set, "energy_drift")


@pytest.mark.parametrize(
    ("model", "system", "test_set", "most"),
    [
        ("hnn", "mass_spring", "in_distribution", 1 / 4),
        ("hnn", "mass_spring", "longer_horizon", 1 / 20),
        ("hnn", "pendulum", "in_distribution", 1 / 10),
        ("hnn", "pendulum", "longer_horizon", 1 / 50),
        ("hnn", "double_pendulum", "in_distribution", 1 / 15),
        ("lnn", "mass_spring", "in_distribution", 1 / 4),
        ("lnn", "pendulum", "in_distribution", 1 / 4),
        ("lnn", "double_pendulum", "in_distribution", 1 / 5),
    ],
)
def test_structure_keeps_the_energy(model, system, test_set, most):
    assert drift(system, model, test_set) <= most * drift(system, "baseline", test_set)


def test_two_body_keeps_its_energy():
    assert drift("two_body", "hnn", "in_distribution") <= 5e-3


@pytest.mark.parametrize("system", ["mass_spring", "pendulum"])
def test_the_drift_of_an_hnn_does_not_grow(system):
    assert drift(system, "hnn", "longer_horizon") <= 1.5 * drift(system, "hnn", "in_distribution")
