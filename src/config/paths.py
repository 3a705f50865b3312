"""Where configs and caches are, whoever asks and from wherever."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]

# A wheel carries conf/ inside the package; a checkout has it beside the package.
CONF = next(path for path in (_PACKAGE / "conf", _PACKAGE.parent / "conf") if path.is_dir())


def cache_folder(chosen: str | None = None) -> Path:
    """Return the one folder outside a run's own that is ever written to.

    That is ``chosen``, else LEGENDRE_CACHE, else a folder among the user's caches.
    """
    named = chosen or os.environ.get("LEGENDRE_CACHE")
    folder = Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("legendre"))
    return folder.absolute()


def remove_empty(folder: Path) -> None:
    """Remove a folder that holds nothing, and the folders around it that then hold nothing either.

    Those around it only as far as the working directory, which Hydra made them in.
    """
    here = Path.cwd()
    for place in (folder, *folder.parents):
        ours = place == folder or here in place.parents
        if not ours or not place.is_dir() or any(place.iterdir()):
            return
        place.rmdir()
