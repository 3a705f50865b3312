"""A reader of W&B's offline logs. Their format is private, so that only tests rely on it."""

import json
import struct
import zlib
from dataclasses import dataclass, field

_BLOCK = 32768
_HEADER = struct.Struct("<IHB")


@dataclass
class OfflineRun:
    id: str = ""
    name: str = ""
    group: str = ""
    project: str = ""
    tags: list = field(default_factory=list)
    config: dict = field(default_factory=dict)
    summary: dict = field(default_factory=dict)
    history: list = field(default_factory=list)
    metrics: dict = field(default_factory=dict)
    exit_code: int | None = None


def read_offline_run(path):
    """Replay a `.wandb` file, or the one in a folder such as `wandb/offline-run-...`."""
    file = path if path.is_file() else next(path.glob("*.wandb"))
    run = OfflineRun()
    for record in _records(file.read_bytes()):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run.id, run.name = record.run.run_id, record.run.display_name
            run.group, run.project = record.run.run_group, record.run.project
            run.tags = list(record.run.tags)
            _update(run.config, record.run.config.update)
        elif kind == "config":
            _update(run.config, record.config.update)
        elif kind == "summary":
            _update(run.summary, record.summary.update)
            for item in record.summary.remove:
                run.summary.pop(_name(item), None)
        elif kind == "history":
            run.history.append(_update({}, record.history.item))
        elif kind == "metric":
            run.metrics[record.metric.name or record.metric.glob_name] = record.metric.step_metric
        elif kind == "exit":
            run.exit_code = record.exit.exit_code
    return run


def _update(into, items):
    into.update({_name(item): json.loads(item.value_json) for item in items})
    return into


def _name(item):
    return item.key or ".".join(item.nested_key)


def _records(blob):
    """LevelDB's log format behind seven bytes: blocks of 32 KiB, records split across them."""
    from wandb.proto import wandb_internal_pb2

    if blob[:4] != b":W&B":
        raise ValueError("not a W&B log")
    position, parts = 7, b""
    while position + _HEADER.size <= len(blob):
        room = _BLOCK - position % _BLOCK
        if room < _HEADER.size:  # a header is never split
            position += room
            continue
        checksum, size, kind = _HEADER.unpack_from(blob, position)
        position += _HEADER.size
        body = blob[position : position + size]
        position += size
        if kind == 0 or len(body) < size:  # the torn end of a killed run
            return
        assert zlib.crc32(body, zlib.crc32(bytes([kind]))) == checksum
        whole, first, last = kind == 1, kind == 2, kind == 4
        parts = body if whole or first else parts + body
        if whole or last:
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            yield record
