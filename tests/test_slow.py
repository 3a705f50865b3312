"""The list of slow cases holds nothing that is not there any more."""

import pytest
from running import ROOT

SLOW = (ROOT / "tests" / "slow.txt").read_text().splitlines()
CONF = {path.stem for path in (ROOT / "conf").rglob("*.yaml")}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_case_is_one_of_an_option_under_a_test(name):
    file, test, case = name[:-1].replace("::", "[").split("[")
    assert f"def {test}(" in (ROOT / file).read_text()
    assert CONF & {case, *case.split("-")}
