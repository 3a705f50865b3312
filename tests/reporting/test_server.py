"""The served page follows a sweep, and gives away nothing else."""

import http.client
import json
import shutil
import threading

import pytest

from src.config import stored
from src.config.comparing import StoredConfigs
from src.reporting.page.collection import Collector
from src.reporting.page.following import Following
from src.reporting.page.server import Server

from .records import make_run

SECRET = "the secret of another folder"


class Client:
    """Asks a server on this machine, as rudely as it likes."""

    def __init__(self, port):
        self.port = port

    def __call__(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def since(self, version):
        status, body = self(f"/data?since={version}")
        assert status == 200
        return json.loads(body)


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "sweep"
    make_run(folder / "a", "hnn")
    (tmp_path / "secret.txt").write_text(SECRET)
    return folder


@pytest.fixture
def ask(runs):
    now = iter(range(0, 10**6, 10))  # each look is long after the one before
    following = Following(Collector([runs], StoredConfigs()), "sweep", clock=lambda: next(now))
    server = Server(following, port=0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Client(server.server_port)
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_page_and_its_data_are_served_on_the_loopback_address(ask):
    status, page = ask("/")
    assert status == 200
    assert "connect-src 'self'" in page
    assert set(ask.since(0)["data"]["runs"]) == {"a"}


def test_nothing_else_is_served(ask, runs):
    (runs / "link").symlink_to(runs.parent / "secret.txt")
    for path in (
        "/a/summary.json",
        "/link",
        "/../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/data/../../secret.txt",
        "/data%00",
        "/.",
    ):
        status, body = ask(path)
        assert status == 404, path
        assert SECRET not in body
        assert "root:" not in body


def test_only_get_is_answered(ask):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        assert ask("/", method)[0] == 405, method
    assert ask("/", "BREW")[0] == 501


def test_other_hosts_are_refused(ask):
    for host in ("evil.example", f"evil.example:{ask.port}", "127.0.0.1", ""):
        assert ask("/", Host=host)[0] == 403, host
        assert ask("/data", Host=host)[0] == 403, host
    assert ask("/", Host=f"localhost:{ask.port}")[0] == 200


def test_links_out_of_the_folder_are_not_followed(ask, runs):
    outside = make_run(runs.parent / "elsewhere" / "b", "lnn").folder
    (runs / "b").symlink_to(outside)
    make_run(runs / "c", "lnn")
    (runs / "c" / "metrics.csv").symlink_to(runs.parent / "secret.txt")
    found = ask.since(0)
    assert set(found["names"]) == {"a"}
    assert SECRET not in json.dumps(found)


def test_new_runs_appear_and_only_they_are_sent(ask, runs):
    first = ask.since(0)
    assert ask.since(first["version"]) == {"version": first["version"]}
    make_run(runs / "b", "baseline")
    then = ask.since(first["version"])
    assert then["names"] == ["a", "b"]
    assert set(then["data"]["runs"]) == {"b"}
    assert "HNN drifts least" in then["fragments"]["verdict"] or "pair" in str(then["fragments"])


def test_points_of_a_running_run_appear(ask, runs):
    folder = runs / "running"
    stored.write(folder, {"model": "hnn", "system": "pendulum"}, {"seed": 0})
    file = folder / "metrics.csv"
    file.write_text("step,validation/loss\n9,0.5\n19,0.4\n")
    before = ask.since(0)
    (curve,) = before["data"]["unfinished"]["running"]["training"].values()
    file.write_text("step,validation/loss\n9,0.5\n19,0.4\n29,0.25\n")
    after = ask.since(before["version"])
    (longer,) = after["data"]["unfinished"]["running"]["training"].values()
    assert len(longer["y"]) > len(curve["y"])
    assert "running" in after["fragments"]["failures"]


def test_a_run_deleted_while_shown_and_a_half_written_record_are_survived(ask, runs):
    make_run(runs / "b", "baseline")
    first = ask.since(0)
    assert first["names"] == ["a", "b"]
    record = runs / "b" / "summary.json"
    record.write_text(record.read_text()[:50])
    half = ask.since(first["version"])
    assert half["names"] == ["a"]
    assert "unreadable" in half["fragments"]["failures"]
    shutil.rmtree(runs / "a")
    assert ask.since(half["version"])["names"] == []
    shutil.rmtree(runs)
    assert ask("/")[0] == 200
    make_run(runs / "c", "hnn")
    assert ask.since(0)["names"] == ["c"]


def test_strange_versions_are_answered_with_everything(ask):
    for version in ("", "-1", "x", "9" * 5000, "%00", "1&since=0"):
        status, body = ask(f"/data?since={version}")
        assert status == 200, version
        assert json.loads(body)["version"] > 0


def test_a_taken_port_is_named(ask, runs):
    following = Following(Collector([runs], StoredConfigs()), "sweep")
    with pytest.raises(ValueError, match=f"port {ask.port} cannot be served on"):
        Server(following, ask.port)
