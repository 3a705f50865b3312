"""The page of a real sweep, as a person uses it."""

import csv
import io
import shutil
import statistics
import threading
import time

import pytest
from reporting.pages import copies
from running import run

from src.config.comparing import StoredConfigs
from src.reporting.page.collection import Collector
from src.reporting.page.following import Following
from src.reporting.page.server import Server
from src.reporting.record import find_records

SORTED_BY = "energy drift"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def page(visit, page_file):
    return visit(page_file.as_uri())


def column(page, name):
    heads = page.locator("#runs thead th").all_inner_texts()
    place = next(k for k, head in enumerate(heads) if head.startswith(name))
    return page.locator(f"#runs tbody tr:visible td:nth-child({place + 1})").all_inner_texts()


def see(page, name):
    page.locator(f"#{name}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#{name} canvas, #{name} svg")


def downloaded(page, figure, kind):
    with page.expect_download() as waiting:
        page.locator(f"#{figure} button", has_text=kind).first.click()
    assert waiting.value.suggested_filename == f"{figure}.{kind.lower()}"
    return waiting.value.path().read_text()


def test_every_number_of_the_table_is_that_of_its_record(page, sweep):
    records = {r.folder.name: r for r in find_records([sweep]).records}
    names, drifts = column(page, "run"), column(page, SORTED_BY)
    assert len(names) == len(records) == 18
    for name, drift in zip(names, drifts, strict=True):
        known = records[name].median("rollout.energy_drift.rms_relative")
        assert float(drift) == pytest.approx(known, rel=5e-3), name


def test_a_click_sorts_both_ways(page):
    button = page.locator("#runs th button", has_text=SORTED_BY).first
    button.click()
    up = [float(word) for word in column(page, SORTED_BY)]
    assert up == sorted(up)
    button.press("Enter")
    assert [float(word) for word in column(page, SORTED_BY)] == up[::-1]
    assert page.locator("#runs th[aria-sort=descending]").count() == 1


def test_words_filter_the_table(page):
    page.fill("#filter", "pendulum lnn")
    assert len(column(page, "run")) == 3
    assert set(column(page, "system")) == {"pendulum"}
    assert page.inner_text("#shown") == "3 of 18 rows"


def test_a_ticked_run_is_shown_in_the_plots_of_its_system(page):
    row = page.locator("#runs tbody tr", has_text="pendulum_hnn_s1")
    row.locator("input").check()
    assert page.input_value("#system") == "pendulum"
    see(page, "energy")
    lines = {
        line["line"] for line in csv.DictReader(io.StringIO(downloaded(page, "energy", "CSV")))
    }
    assert {"HNN", "LNN", "baseline"} < lines
    assert any(line.endswith("pendulum_hnn_s1") for line in lines)


def test_an_unticked_model_leaves_all_plots(page):
    page.locator("#legend label", has_text="baseline").locator("input").uncheck()
    for name in ("energy", "horizon", "training", "cost"):
        see(page, name)
        assert "baseline" not in downloaded(page, name, "CSV"), name


def test_the_drift_at_the_full_horizon_is_the_median_of_the_records(page, sweep):
    see(page, "horizon")
    rows = list(csv.reader(io.StringIO(downloaded(page, "horizon", "CSV"))))[1:]
    last = {row[0]: float(row[2]) for row in rows}
    for model, name in (("hnn", "HNN"), ("lnn", "LNN"), ("baseline", "baseline")):
        drifts = [
            r.median("rollout.energy_drift.rms_relative")
            for r in find_records([sweep]).records
            if (r.text("run.model"), r.text("run.system")) == (model, "mass_spring")
        ]
        assert last[name] == pytest.approx(statistics.median(drifts), rel=1e-5)


@pytest.mark.parametrize("name", ["energy", "horizon", "phase", "motion", "training", "cost"])
def test_every_figure_is_drawn_downloads_and_is_told_as_text(page, name):
    see(page, name)
    drawing = downloaded(page, name, "SVG")
    assert drawing.startswith("<svg")
    assert drawing.count("<path") + drawing.count("<circle") >= 3
    rows = list(csv.reader(io.StringIO(downloaded(page, name, "CSV"))))
    assert len(rows) > 3
    assert len({len(row) for row in rows}) == 1
    page.locator(f"#{name} summary").click()
    page.wait_for_selector(f"#{name} details table")
    assert page.locator(f"#{name} details table tbody tr").count() >= 3


def test_motion_plays_on_request_and_not_before_where_it_is_to_be_reduced(page):
    see(page, "motion")
    page.wait_for_timeout(300)
    assert page.inner_text("#motion output") == "t = 0.00 s"
    page.locator("#motion .player button").click()
    page.wait_for_timeout(600)
    assert page.inner_text("#motion output") != "t = 0.00 s"
    assert page.locator("#motion .player button").inner_text() == "Pause"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [{"viewport": {"width": 1280, "height": 900}}, PHONE])
def test_no_serious_finding_of_the_accessibility_audit(visit, page_file, axe, scheme, device):
    page = visit(page_file.as_uri(), color_scheme=scheme, bypass_csp=True, **device)
    for name in ("energy", "horizon", "phase", "motion", "training", "cost"):
        see(page, name)
    page.add_script_tag(path=axe)
    found = page.evaluate("axe.run()")["violations"]
    serious = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_without_javascript_the_verdict_and_the_table_stand_there(browser, page_file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert "energy drift" in page.inner_text("#verdict .headline")
    assert page.locator("#runs tbody tr").count() == 18
    assert not page.locator("#controls").is_visible()
    context.close()


def test_in_print_the_verdict_and_the_table_are_whole(page):
    page.emulate_media(media="print")
    assert page.locator("#verdict .headline").is_visible()
    assert page.locator("#runs tbody tr").last.is_visible()
    assert not page.locator("#controls").is_visible()


def test_the_served_page_shows_new_runs_and_forgets_deleted_ones(visit, sweep, tmp_path):
    first, second, *_ = (record.folder for record in find_records([sweep]).records)
    shutil.copytree(first, tmp_path / "first", ignore=shutil.ignore_patterns("checkpoints"))
    following = Following(Collector([tmp_path], StoredConfigs()), "live")
    with Server(following, port=0) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        try:
            page = visit(server.address)
            assert column(page, "run") == ["first"]
            shutil.copytree(second, tmp_path / "second", ignore=shutil.ignore_patterns("*.ckpt"))
            page.wait_for_selector('#runs tr[data-run="second"]')
            shutil.rmtree(tmp_path / "first")
            page.wait_for_selector('#runs tr[data-run="first"]', state="detached")
            assert column(page, "run") == ["second"]
        finally:
            page.context.close()
            server.shutdown()


def test_five_hundred_runs_are_made_in_a_minute_and_open_in_three_seconds(
    browser, sweep, tmp_path, cache
):
    for k, record in enumerate(find_records([sweep]).records):
        copies(record.folder, tmp_path / "many" / str(k), 28 if k < 14 else 27)
    start = time.perf_counter()
    assert run("report", f"runs={tmp_path / 'many'}", folder=tmp_path, cache=cache).code == 0
    assert time.perf_counter() - start < 60
    (file,) = tmp_path.glob("reports/*/*/report.html")
    assert file.stat().st_size < 10_000_000
    seconds = []
    for _ in range(5):
        page = browser.new_page()
        start = time.perf_counter()
        page.goto(file.as_uri())
        page.wait_for_selector("#energy canvas")
        page.wait_for_selector("#horizon canvas")
        seconds.append(time.perf_counter() - start)
        page.close()
    assert statistics.median(seconds) < 3, seconds
