"""What every table of the configuration shares: an unknown key is an error, and a secret may come from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A table of the file: an unknown key is an error, and a secret may come from a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        values = dict(values)
        for name in cls.secrets():
            if f"{name}_file" in values:
                path = Path(values.pop(f"{name}_file"))
                try:
                    values[name] = path.read_text().strip()
                except (OSError, UnicodeDecodeError) as problem:
                    why = problem.strerror if isinstance(problem, OSError) else "it is no text"
                    raise ValueError(f"{name}_file: {path} cannot be read ({why})") from problem
        return values

    @classmethod
    def secrets(cls) -> list[str]:
        """The keys that may come from a file."""
        return [name for name, field in cls.model_fields.items() if "Secret" in str(field.annotation)]

    @classmethod
    def keys(cls) -> list[str]:
        """Every key that may stand in the table."""
        return [*cls.model_fields, *(f"{name}_file" for name in cls.secrets())]
