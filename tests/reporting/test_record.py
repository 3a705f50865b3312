"""Records survive the disk, and what is not a record is told apart from one."""

import json
from pathlib import Path

import pytest

from src.reporting.record import Record, find_records, flatten, read_record, write_record
from src.reporting.schema import REQUIRED, VERSION, missing_keys

from .records import build


def test_a_record_comes_back_as_it_was_written(tmp_path):
    written = write_record(tmp_path / "run", build())
    assert read_record(tmp_path / "run") == written
    assert read_record(tmp_path / "run" / "summary.json") == written
    assert written.summary == {"schema_version": VERSION, **build()}
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["summary.json"]


def test_what_is_not_finite_becomes_null(tmp_path):
    summary = build(rollout__cost__seconds=float("nan"), train__final_loss=float("inf"))
    record = write_record(tmp_path, summary)
    assert record.value("rollout.cost.seconds") is None
    assert json.loads((tmp_path / "summary.json").read_text())["train"]["final_loss"] is None


def test_values_by_path():
    record = Record(Path(), build(run__git=None) | {"flag": True})
    assert record.value("rollout.energy_drift.rms_relative.median") == 0.01
    assert record.median("rollout.energy_drift.rms_relative") == 0.01
    assert record.median("rollout.learned_energy_agreement.r2") == 0.998
    assert record.value("rollout.geometry.reversibility.momentum_flip.median") is None
    assert record.value("no.such.path") is None
    assert record.value("run.system") is None
    assert record.value("flag") is None
    assert record.text("run.system") == "mass_spring"
    assert record.text("run.git") == "-"


def test_flattening_keeps_every_leaf():
    flat = flatten({"a": {"b": 1, "c": {"d": None}}, "e": {}, "f": [1]})
    assert flat == {"a.b": 1, "a.c.d": None, "e": {}, "f": [1]}


def test_a_resumed_run_overwrites_its_own_record(tmp_path):
    write_record(tmp_path, build(seed=0))
    write_record(tmp_path, build(seed=1), replace=True)
    assert read_record(tmp_path).value("run.seed") == 1


def test_another_record_is_not_overwritten(tmp_path):
    write_record(tmp_path, build(seed=0))
    with pytest.raises(ValueError, match="holds the record of another run"):
        write_record(tmp_path, build(seed=1))
    assert read_record(tmp_path).value("run.seed") == 0


@pytest.mark.parametrize("section", REQUIRED)
def test_every_section_of_the_schema_is_asked_for(section):
    summary = build()
    *parents, last = section.split(".")
    node = summary
    for key in parents:
        node = node[key]
    del node[last]
    assert section in missing_keys(summary)


def test_a_key_that_is_missing_is_named(tmp_path):
    summary = build()
    del summary["rollout"]["geometry"]["divergence"]
    with pytest.raises(ValueError, match=r"missing: rollout\.geometry\.divergence\."):
        write_record(tmp_path, summary)
    assert not list(tmp_path.iterdir())


def test_a_section_may_be_null_and_keys_may_be_added():
    assert missing_keys(build(rollout__geometry=None, rollout__new=1)) == []


def test_records_are_found_once_and_broken_ones_counted(tmp_path):
    for name in ("a", "b/c"):
        write_record(tmp_path / name, build())
    for name, text in (("d", '{"schema_version": 1, "run"'), ("e", "[]"), ("f", "\0\xff")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.json").write_text(text)
    search = find_records([tmp_path, tmp_path / "a"])
    assert [record.folder.name for record in search.records] == ["a", "c"]
    assert len(search.warnings) == 1
    assert search.warnings[0].startswith("left out 3 unreadable files: ")


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(ValueError, match="no such folder: "):
        find_records([tmp_path / "nowhere"])


def test_a_folder_without_records(tmp_path):
    with pytest.raises(ValueError, match=r"no summary\.json of a finished run found in"):
        find_records([tmp_path])


def test_a_record_of_a_later_version(tmp_path):
    (tmp_path / "summary.json").write_text(json.dumps({"schema_version": 2}))
    for read in (read_record, lambda folder: find_records([folder])):
        with pytest.raises(ValueError, match="schema_version 2, and this code reads up to 1"):
            read(tmp_path)


def test_a_record_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"no summary\.json at"):
        read_record(tmp_path)


def test_a_record_that_is_torn(tmp_path):
    (tmp_path / "summary.json").write_text('{"schema_version": 1,')
    with pytest.raises(ValueError, match="is not a whole record"):
        read_record(tmp_path)


def test_a_file_that_is_no_record(tmp_path):
    (tmp_path / "summary.json").write_text('{"loss": 1}')
    with pytest.raises(ValueError, match="names no schema_version"):
        read_record(tmp_path)
