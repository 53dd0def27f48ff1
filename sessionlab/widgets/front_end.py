"""The code that draws in the browser: modules of JavaScript and a style sheet, sent once to each page that asks.

A widget itself holds only a few lines that ask for it, so a saved notebook stays small.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sessionlab.charts.themes import DASHES, THEMES

LOADER = "loader.js"
PAGE = Path(__file__).parent / "page"
"""Where Jupyter finds the template ``sessionlab`` of Voila's: its page, without what it asks of another site."""
_IMPORT = re.compile(r'from "\./([\w-]+\.js)"')


@cache
def loader() -> str:
    """The few lines that every widget holds."""
    return _text(LOADER)


@cache
def code() -> dict[str, Any]:
    """``modules`` as ``[name, text]``, each after those that it imports, the style sheet, colors, and a digest of it all."""
    names = sorted(entry.name for entry in files(__package__).joinpath("static").iterdir() if entry.name.endswith(".js"))
    modules = {name: _text(name) for name in names if name != LOADER}
    made = {
        "modules": [[name, modules[name]] for name in in_order(modules)],
        "css": _text("style.css"),
        "themes": {name: asdict(theme) for name, theme in THEMES.items()},
        "dashes": list(DASHES),
    }
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]
    return {"is": "code", "digest": digest, **made}


def in_order(modules: dict[str, str]) -> list[str]:
    """The names of ``modules``, each after those that it imports.

    >>> in_order({"a.js": 'import {b} from "./b.js"', "b.js": ""})
    ['b.js', 'a.js']
    """
    done: list[str] = []

    def visit(name: str) -> None:
        if name not in done:
            for needed in _IMPORT.findall(modules[name]):
                visit(needed)
            done.append(name)

    for name in modules:
        visit(name)
    return done


def _text(name: str) -> str:
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")
