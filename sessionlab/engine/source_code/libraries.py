"""Which files are Python's own, or belong to an installed package."""

from __future__ import annotations

import site
import sysconfig

_PATHS = ("stdlib", "platstdlib", "purelib", "platlib")
_FOLDERS = tuple({*(sysconfig.get_path(name) for name in _PATHS), *site.getsitepackages(), site.getusersitepackages()})


def is_installed(file: str) -> bool:
    """Whether ``file`` lies among them."""
    return file.startswith(_FOLDERS)
