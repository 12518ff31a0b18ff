"""The rows of a file in one of the formats that benchmarks come in: JSON, CSV or TSV, Parquet.

A record is one row with its place in the file, for error messages.
"""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import EvaluationError, SettingError
from core.evaluation.packages import require
from core.text.encodings import decode

SUFFIXES = (".json", ".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class Record:
    """One row. Its accessors raise SettingError where the wanted value is missing or of another type."""

    file: Path
    number: int  # of the row in the file, from 1
    fields: dict[str, Any]

    @property
    def place(self) -> str:
        return f"{self.number} of {self.file.name}"

    def problem(self, reason: str) -> SettingError:
        return SettingError("batch_row_invalid", row=self.place, reason=reason)

    def get(self, *names: str) -> Any:
        """The first of these fields that is there and not empty, else None."""
        found = (self.fields.get(name) for name in names)
        return next((value for value in found if value not in (None, "")), None)

    def text(self, *names: str) -> str:
        """The first of these fields as text. A number is fine: ids often are."""
        value = self.get(*names)
        if value is None:
            raise self.problem(f'its "{names[0]}" is missing')
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            raise self.problem(f'its "{names[0]}" is not a text')
        return str(value).strip()

    def texts(self, *names: str, most: int) -> tuple[str, ...]:
        """The first of these fields as a list of 2 to `most` texts."""
        value = self.get(*names)
        if not isinstance(value, list) or not 2 <= len(value) <= most:
            raise self.problem(f'its "{names[0]}" is not a list of 2 to {most} texts')
        if not all(isinstance(each, str) for each in value):
            raise self.problem(f'its "{names[0]}" has something else than texts')
        return tuple(each.strip() for each in value)

    def seconds(self, name: str) -> float | None:
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.problem(f'its "{name}" is not a number of seconds')
        return float(value)


def load_records(path: Path, problems: list[str]) -> list[Record]:
    """All rows of a file; what is no row is added to `problems`. Raises EvaluationError for a bad file."""
    readers = {".json": _json_rows, ".csv": _table_rows, ".tsv": _table_rows, ".parquet": _parquet_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _unreadable(path, f"it is none of {', '.join(SUFFIXES)}")
    try:
        rows = reader(path, problems)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except (ValueError, csv.Error) as error:  # not JSON, not Parquet
        raise _unreadable(path, str(error)) from error
    records = []
    for number, row in enumerate(rows, 1):
        record = Record(path, number, row if isinstance(row, dict) else {})
        if not isinstance(row, dict):
            problems.append(str(record.problem("it is not a JSON object")))
        elif None in row:
            problems.append(str(record.problem("it has more columns than the header")))
        else:
            records.append(record)
    return records


def _json_rows(path: Path, problems: list[str]) -> list[Any]:
    rows = json.loads(_text(path, problems))
    if not isinstance(rows, list):
        raise ValueError("it is not a list")
    return rows


def _table_rows(path: Path, problems: list[str]) -> list[Any]:
    """TGIF-QA's files are called .csv and have tabs: the header decides."""
    text = _text(path, problems)
    header = text.partition("\n")[0]
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in header else ","))


def _parquet_rows(path: Path, problems: list[str]) -> list[Any]:
    require("pyarrow")
    from pyarrow import parquet

    return parquet.read_table(path).to_pylist()


def _text(path: Path, problems: list[str]) -> str:
    """The text of a file. Another encoding than UTF-8 is told: it is a guess."""
    decoded = decode(path.read_bytes())
    if decoded.encoding != "UTF-8" or decoded.lost:
        damage = f", and {decoded.lost} characters are damaged" if decoded.lost else ""
        problems.append(f"{path.name} is read as {decoded.encoding}{damage}.")
    return decoded.text


def _unreadable(path: Path, reason: str) -> EvaluationError:
    return EvaluationError("benchmark_unreadable", name=path.name, reason=reason.rstrip("."))
