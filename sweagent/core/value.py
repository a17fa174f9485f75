"""The base of every persisted value: frozen, and lenient towards fields that a newer version added."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. Unknown fields are ignored, so that records written by a newer version still load."""

    model_config = ConfigDict(frozen=True, extra="ignore")
