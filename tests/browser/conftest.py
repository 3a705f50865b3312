"""A browser, the page of a real sweep, and what both need; all is skipped where there is none."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from running import SMALL, run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
playwright = pytest.importorskip(
    "playwright.sync_api", reason="needs the extra `browser` (pip install -e '.[browser]')"
)
SWEEP = ("-m", "model=hnn,lnn,baseline", "system=mass_spring,pendulum", "seed=0,1,2")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def sweep(tmp_path_factory, cache):
    """Real trainings of 3 models on 2 systems with 3 seeds, or those in LEGENDRE_TEST_SWEEP."""
    if made := os.environ.get("LEGENDRE_TEST_SWEEP"):
        return Path(made)
    folder = tmp_path_factory.mktemp("sweep")
    settings = [word for word in SMALL if not word.startswith("integrator")]
    outcome = run("train", *SWEEP, *settings, folder=folder, cache=cache, figures=True)
    assert outcome.code == 0, outcome.err
    (made,) = folder.glob("sweeps/*/*")
    return made


@pytest.fixture(scope="session")
def page_file(sweep, tmp_path_factory, cache):
    """The page that a user makes of the sweep."""
    folder = tmp_path_factory.mktemp("page")
    outcome = run("report", f"runs={sweep}", folder=folder, cache=cache)
    assert outcome.code == 0, outcome.err
    (file,) = folder.glob("reports/*/*/report.html")
    return file


@pytest.fixture(scope="session")
def browser():
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """Open an address; whatever the page complains of fails the test."""
    contexts, complaints = [], []

    def go(address, **options):
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The accessibility audit axe-core, from the npm registry."""
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("axe-core comes from npm, which is not installed")
    try:
        subprocess.run(
            [npm, "install", "--no-save", "--silent", "axe-core@4.14.1"],
            cwd=folder, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"axe-core could not be installed: {error}")
    return folder / "node_modules" / "axe-core" / "axe.min.js"
