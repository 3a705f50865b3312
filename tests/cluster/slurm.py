"""A whole cluster on one machine: Slurm with accounting, and two nodes of one core each."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

NODES = ("n0", "n1")
SBIN = os.environ["PATH"] + ":/usr/sbin"

ACCOUNTING = """
AuthType=auth/munge
AuthInfo=socket={here}/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={dbd}
SlurmUser=root
LogFile={here}/slurmdbd.log
PidFile={here}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
"""

CONTROL = """
ClusterName=legendre
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={here}/munge/socket
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd}
AccountingStoragePass={here}/munge/socket
StateSaveLocation={here}/state
SlurmctldPidFile={here}/slurmctld.pid
SlurmctldLogFile={here}/slurmctld.log
SlurmdSpoolDir={here}/spool-%n
SlurmdPidFile={here}/slurmd-%n.pid
SlurmdLogFile={here}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SlurmdTimeout=10
KillWait=15
NodeName=n0 NodeHostname={host} NodeAddr=127.0.0.1 Port={n0} CPUs=1 RealMemory=4000
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={n1} CPUs=1 RealMemory=4000
PartitionName=main Nodes=n0,n1 Default=YES DefMemPerCPU=1000 MaxTime=INFINITE
"""


class Slurm:
    """Starts the daemons in a folder of their own, and stops them; nothing else is touched."""

    def __init__(self) -> None:
        self.here = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.here.chmod(0o755)  # daemons that are not root's look into it
        self.environment = {"SLURM_CONF": str(self.here / "slurm.conf")}
        self._own = os.environ | self.environment | {"PATH": SBIN}
        self._own["MYSQL_UNIX_PORT"] = str(self.here / "db" / "s.sock")

    def __enter__(self) -> "Slurm":
        try:
            self._configure()
            self._start_munge()
            self._start_database()
            self._run("slurmdbd")
            self._wait(lambda: self._answers("sacctmgr", "-n", "show", "cluster"), "slurmdbd")
            self._run("slurmctld", "-i")
            for node in NODES:
                self.up(node)
            self._wait(lambda: self.ask("sinfo", "-h", "-t", "idle", "-o", "%D") == "2", "nodes")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop all daemons, in the other order, and remove their folder."""
        subprocess.run(["scancel", "--user=root"], env=self._own, check=False, capture_output=True)
        names = [*(f"slurmd-{node}" for node in NODES), "slurmctld", "slurmdbd", "db", "munge"]
        for name in names:
            file = self.here / f"{name}.pid"
            if file.is_file():
                _end(int(file.read_text()))
        shutil.rmtree(self.here, ignore_errors=True)

    def ask(self, *words: str) -> str:
        """Return what a command of Slurm's prints."""
        done = subprocess.run(words, env=self._own, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def up(self, node: str) -> None:
        """Start the daemon of a node."""
        self._run("slurmd", "-N", node)

    def down(self, node: str, job: str) -> None:
        """Let a node die with all processes of the job that it runs, as if its plug was pulled.

        First its daemon dies, then what watches over the job, then the job: in another order
        somebody is left to report that the job has failed, and it is not queued again.
        """
        watchers = [p for p, words in _processes() if words.startswith(f"slurmstepd: [{job}.")]
        below = [child for watcher in watchers for child in _below(watcher)]
        assert watchers, f"job {job} must run"
        assert below
        daemon = int((self.here / f"slurmd-{node}.pid").read_text())
        for process in (daemon, *watchers, *below):
            os.kill(process, signal.SIGKILL)

    def _configure(self) -> None:
        places = {"here": self.here, "host": socket.gethostname()} | _free_ports()
        for name, text in (("slurmdbd", ACCOUNTING), ("slurm", CONTROL)):
            (self.here / f"{name}.conf").write_text(text.format(**places))
        (self.here / "slurmdbd.conf").chmod(0o600)
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (self.here / name).mkdir()

    def _start_munge(self) -> None:
        place = self._folder_of("munge")
        key = place / "key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        shutil.chown(key, "munge", "munge")
        files = {"socket": "socket", "log-file": "log", "seed-file": "seed", "pid-file": "pid"}
        options = [f"--{option}={place / name}" for option, name in files.items()]
        self._run(*_as("munge"), "munged", f"--key-file={key}", *options)
        (self.here / "munge.pid").write_text((place / "pid").read_text())

    def _start_database(self) -> None:
        place = self._folder_of("db", "mysql")
        self._run(
            *("mariadb-install-db", "--no-defaults", f"--datadir={place}", "--user=mysql"),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        )
        self._run(  # it has no way of its own into the background
            *("sh", "-c", 'setsid "$@" & echo $! > db.pid', "sh", *_as("mysql"), "mariadbd"),
            *("--no-defaults", "--skip-networking", f"--datadir={place}"),
            *(f"--socket={place / 's.sock'}", f"--pid-file={place / 'pid'}"),
        )
        client = ("mariadb", "--no-defaults", f"--socket={place / 's.sock'}", "-e")
        self._wait(lambda: self._answers(*client, "select 1"), "mariadbd")
        self._run(*client, "create database slurm_acct_db")

    def _folder_of(self, name: str, user: str | None = None) -> Path:
        place = self.here / name
        place.mkdir(mode=0o755)
        shutil.chown(place, user or name, user or name)
        return place

    def _answers(self, *words: str) -> bool:
        return not subprocess.run(words, env=self._own, capture_output=True, check=False).returncode

    def _run(self, *words: str) -> None:
        log = self.here / "start.log"
        with log.open("a") as stream:
            done = subprocess.run(
                words, env=self._own, stdout=stream, stderr=stream, check=False, cwd=self.here
            )
        assert done.returncode == 0, f"{words} ended with {done.returncode}: {log.read_text()}"

    def _wait(self, what: object, name: str) -> None:
        for _ in range(600):
            if what():
                return
            time.sleep(0.1)
        logs = "\n".join(log.read_text()[-2000:] for log in self.here.glob("*.log"))
        raise AssertionError(f"{name} must answer within a minute:\n{logs}")


def _as(user: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def _free_ports() -> dict[str, int]:
    sockets = {name: socket.socket() for name in ("dbd", "control", *NODES)}
    for one in sockets.values():
        one.bind(("127.0.0.1", 0))
    ports = {name: one.getsockname()[1] for name, one in sockets.items()}
    for one in sockets.values():
        one.close()
    return ports


def _processes() -> list[tuple[int, str]]:
    """Return all processes of this machine, with their words."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has just ended
            continue
        found.append((int(place.name), words))
    return found


def _below(process: int) -> list[int]:
    place = Path(f"/proc/{process}/task")
    children = [
        int(child) for task in place.iterdir() for child in (task / "children").read_text().split()
    ]
    return [below for child in children for below in (child, *_below(child))]


def _end(process: int) -> None:
    """Ask a process to end, and insist after ten seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
        for _ in range(100):
            if not Path(f"/proc/{process}").exists():
                return
            time.sleep(0.1)
