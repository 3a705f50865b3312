"""Whether W&B is reached, and where it puts what it sends."""

from __future__ import annotations

import netrc
import os
from pathlib import Path
from urllib.parse import urlsplit

_CLOUD = ("api.wandb.ai", "api.forge.coreweave.com")
"""Names of the public service: a login under the older one holds for both."""


def stage(cache: Path) -> None:
    """Point W&B's staging folders into the cache, before its background process starts.

    Its settings and keys are read where they always are. Crash reports to its makers are sent
    only if the user's environment asks for them.
    """
    folder = (cache / "wandb").resolve()
    for variable, name in (
        ("WANDB_DATA_DIR", "data"),
        ("WANDB_CACHE_DIR", "cache"),
        ("WANDB_ARTIFACT_DIR", "artifacts"),
    ):
        (folder / name).mkdir(parents=True, exist_ok=True)
        os.environ[variable] = str(folder / name)
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")


def resolve_mode(mode: str) -> str:
    """Return the mode that W&B is started in; nothing is asked over the network.

    ``auto`` follows WANDB_MODE, then ``wandb offline``'s setting, then whether there is a key.
    Needs :func:`stage` first, since asking W&B for its settings starts its background process.
    """
    if mode != "auto":
        return mode
    if chosen := os.environ.get("WANDB_MODE"):
        return chosen
    import wandb

    known = wandb.setup().settings
    if known.mode not in ("online", None):
        return str(known.mode)
    if known.api_key or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return "online"
    return "online" if _key_in_netrc(known.base_url) else "offline"


def _key_in_netrc(url: str) -> bool:
    """Tell whether the user's netrc names W&B's host; a broken file holds no key."""
    host = urlsplit(url).netloc
    hosts = _CLOUD if host in _CLOUD else (host,)
    named = os.environ.get("NETRC")
    for file in [Path(named)] if named else [Path("~/.netrc"), Path("~/_netrc")]:
        try:
            known = netrc.netrc(str(file.expanduser()))
        except (OSError, RuntimeError, netrc.NetrcParseError):
            continue
        if any(known.authenticators(name) for name in hosts):
            return True
    return False
