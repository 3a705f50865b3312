"""Pages of finance say what their results say, and show what is there."""

import json
import re

import pytest

from experiments.finance.learned import CLAIMS, HERE, table


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_table_of_a_claim_is_that_of_its_results(claim):
    rows = json.loads((HERE / claim / "learned.json").read_text())
    assert table(rows, CLAIMS[claim]) in (HERE / claim / "README.md").read_text()


@pytest.mark.parametrize("page", sorted(HERE.rglob("README.md")), ids=lambda page: page.parent.name)
def test_what_a_page_names_is_there(page):
    for place in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert place.startswith("http") or (page.parent / place).exists(), place
