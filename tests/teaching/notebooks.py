"""Notebooks as students hand them in: cells with the outputs that Jupyter keeps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sessionlab.teaching import Mark


def cell(source: str, outputs: Sequence[dict[str, Any]] = (), count: int | None = 1) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": count, "metadata": {}, "source": source, "outputs": list(outputs)}


def output(mark: Mark, **changed: Any) -> dict[str, Any]:
    """What a kernel keeps of a mark that is shown; ``changed`` are fields of the record, edited by hand."""
    data = json.loads(json.dumps(mark._repr_mimebundle_()))
    data["application/vnd.sessionlab.mark+json"] |= changed
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}


def notebook(*outputs: dict[str, Any]) -> dict[str, Any]:
    cells = [cell("lesson.check(answer)", [one]) for one in outputs]
    return {"cells": [cell("import sessionlab as sl"), *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write(file: Path, document: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return file
