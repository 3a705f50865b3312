"""Files become named columns, or one clear message with file and line."""

import re

import numpy as np
import pytest

from src.data.tables import MissingFileError, read_table

from .samples import oscillation, write_table


def text(tmp_path, content: str, name: str = "run.csv"):
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize("header", ["% x v", "%x v", "# x v", "#x v", "x v", "%\tx  v"])
def test_headers_of_blank_separated_tables(tmp_path, header):
    rows = oscillation([0.1, 0.2, 0.3])
    table = read_table(tmp_path.joinpath(write_table(tmp_path / "run.txt", header, rows)))
    assert list(table.columns) == ["trial", "time", "x", "v"]
    found = np.stack([table.numbers(name) for name in table.columns], axis=-1)
    np.testing.assert_array_equal(found, rows)
    assert table.places == ("line 2", "line 3", "line 4")


def test_exponents_of_three_digits(tmp_path):
    table = read_table(text(tmp_path, "% x\n 1.5e+000 -2.5e-002\n 2.5e+001 1e-010\n"))
    assert table.numbers("time").tolist() == [1.5, 25]
    assert table.numbers("x").tolist() == [-0.025, 1e-10]


@pytest.mark.parametrize(
    "content",
    [
        "t,x,v\n0,1,2\n1,3,4\n",
        "t;x;v\n0;1;2\n1;3;4\n",
        "t;x;v\n0,0;1,0;2,0\n1,0;3,0;4,0\n",
        "t\tx\tv\n0\t1\t2\n1\t3\t4\n",
        "# t,x,v\n0, 1, 2\n1, 3, 4\n",
        '"t","x","v"\n0,1,2\n\n1,3,4\n\n',
        "\ufefft,x,v\r\n0,1,2\r\n1,3,4\r\n",
        "time [s],x (m),v [m/s]\n0,1,2\n1,3,4\n".replace("time", "t"),
        "# recorded on a Monday, by hand\nt,x,v\n0,1,2\n# a remark\n1,3,4\n",
        "t x v\n0 1 2\n1 3 4",
    ],
)
def test_one_table_in_many_dresses(tmp_path, content):
    table = read_table(text(tmp_path, content))
    assert list(table.columns) == ["t", "x", "v"]
    assert [table.numbers(n).tolist() for n in "txv"] == [[0, 1], [1, 3], [2, 4]]


def test_names_that_cover_time_leave_one_column_for_the_trial(tmp_path):
    assert list(read_table(text(tmp_path, "% t x\n0 0 1\n0 1 2\n")).columns) == ["trial", "t", "x"]


@pytest.mark.parametrize("content", ["0 1 2\n1 3 4\n", "% x v\n0 0 1 2 9 9\n0 1 3 4 9 9\n"])
def test_columns_without_a_place_for_names_are_numbered(tmp_path, content):
    columns = list(read_table(text(tmp_path, content)).columns)
    assert columns == [str(i + 1) for i in range(len(columns))]


def test_text_in_a_column_nobody_asks_for_is_no_matter(tmp_path):
    table = read_table(text(tmp_path, "t,x,note\n0,1,good\n1,2,bad\n"))
    assert table.numbers("x").tolist() == [1, 2]
    assert table.labels("note") == ["good", "bad"]


def test_npz_of_columns_and_blocks(tmp_path):
    t, q = np.arange(5.0), np.arange(10.0).reshape(5, 2)
    np.savez(tmp_path / "run.npz", t=t, q=q, v=2 * q, mass_of_note=t[:, None])
    table = read_table(tmp_path / "run.npz")
    assert list(table.columns) == ["t", "q1", "q2", "v1", "v2", "mass_of_note"]
    assert table.numbers("v2").tolist() == (2 * q[:, 1]).tolist()


@pytest.mark.parametrize("shared", [True, False])
def test_npz_of_trials(tmp_path, shared):
    t, q = np.arange(4.0), np.arange(12.0).reshape(3, 4, 1)
    np.savez(tmp_path / "run.npz", t=t if shared else np.stack([t] * 3), q=q)
    table = read_table(tmp_path / "run.npz")
    assert table.numbers("t").tolist() == [0, 1, 2, 3] * 3
    assert table.numbers("q").tolist() == list(range(12))
    assert table.labels("trial") == [*"000011112222"]


def refused(file, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_table(file)
    assert file.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder(tmp_path):
    refused(tmp_path, "is a folder. Try data.path=")


def test_a_missing_file(tmp_path):
    text(tmp_path, "t,x\n0,1\n", "my_run.csv")
    refused(tmp_path / "my_rum.csv", "does not exist (did you mean my_run.csv?).")
    with pytest.raises(MissingFileError, match="does not exist"):
        read_table(tmp_path / "nowhere" / "run.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty."),
        ("\n \n", "must hold rows of numbers; got none."),
        ("% x v\n", "must hold rows of numbers below its header; got none."),
        ("nothing here", "must hold rows of numbers below its header; got none."),
        ("t,x\n0,1\n1\n", "line 3: each row must hold as many cells as the first, 2; got 1."),
        ("t,x,v\n0,1\n1,2\n", "must name at most the 2 columns below it; got 3 names: t, x, v."),
        ("t,x,x\n0,1,2\n", "names of columns must differ; x stands twice."),
    ],
)
def test_text_files_that_are_no_tables(tmp_path, content, message):
    refused(text(tmp_path, content), message)


def test_bytes_that_are_no_text(tmp_path):
    file = tmp_path / "run.csv"
    file.write_bytes(b"\xff\xfe\x00\x80")
    refused(file, "must be a text file")


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "abc", "", "1.2.3"])
def test_cells_that_are_no_finite_numbers(tmp_path, cell):
    file = text(tmp_path, f"t,x\n0,1\n1,{cell}\n2,3\n")
    message = f"{file}, line 3: column x must hold finite numbers; got {cell!r}."
    with pytest.raises(ValueError, match=re.escape(message)):
        read_table(file).numbers("x")


def test_npz_files_with_faults(tmp_path):
    file = tmp_path / "run.npz"
    file.write_bytes(b"no archive")
    refused(file, "must be an NPZ file of plain arrays")
    np.savez(file, t=np.array([{}], dtype=object))
    refused(file, "must be an NPZ file of plain arrays")
    np.savez(file, t=np.arange(3.0), x=np.arange(4.0))
    refused(file, "of equal lengths; got t (3,), x (4,).")
    np.savez(file, t=np.arange(4.0), q=np.zeros((2, 3, 1)))
    refused(file, "array t must have the leading shape (2, 3) of the others; got (4,).")
    np.savez(file)
    refused(file, "of equal lengths; got none.")
    np.savez(file, t=np.zeros(0), x=np.zeros(0))
    refused(file, "must hold rows of numbers; got arrays of length 0.")
    np.savez(file, t=np.arange(3.0), x=np.array([1, np.nan, 2]))
    with pytest.raises(ValueError, match=re.escape("row 2: column x must hold finite numbers")):
        read_table(file).numbers("x")
