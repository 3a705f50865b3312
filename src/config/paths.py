"""Where configs and caches are, whoever asks and from wherever."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]

# A wheel carries conf/ inside the package; a checkout has it beside the package.
CONF = next(path for path in (_PACKAGE / "conf", _PACKAGE.parent / "conf") if path.is_dir())


def cache_folder(chosen: str | None) -> Path:
    """Return the one folder outside a run's own that is ever written to."""
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("legendre"))
