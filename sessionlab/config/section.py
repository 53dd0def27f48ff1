"""What all sections of a config have in common: they know their keys, refuse others, and never change."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from sessionlab.errors import ConfigError


class Section(BaseModel):
    """A frozen object of named fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise ConfigError(
                f"a config never changes, so {name} cannot be set; make another with config.replace({{path: value}})",
                field=name,
            )
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise ConfigError(f"a config never changes, so {name} cannot be deleted", field=name)
