"""Reads the complaints file; a mistake in it is told with its line and what was expected."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from services.embedded.player.nodes import Mistake

COLUMNS: Final = (
    "Date received", "Product", "Sub-product", "Issue", "Sub-issue", "Consumer complaint narrative",
    "Company public response", "Company", "State", "Tags", "Consumer consent provided?", "Submitted via",
    "Date sent to company", "Company response to consumer", "Timely response?", "Consumer disputed?", "Complaint ID",
)  # fmt: skip
_FILLED: Final = ("Sub-product", "Issue", "Company")


@dataclass(frozen=True)
class Complaint:
    line: int
    id: str
    received: date
    company: str
    sub_product: str
    issue: str
    sub_issue: str
    narrative: str
    response: str


def read_complaints(path: Path) -> list[Complaint]:
    """In the order of their days. Raises Mistake."""
    lines = _lines(path, _decoded(path))
    _, header = next(lines, (1, []))
    _check_header(path, header)
    found: dict[str, Complaint] = {}
    for line, values in lines:
        if len(values) != len(header):
            raise Mistake(path, line, f"{len(header)} fields", f"{len(values)}")
        complaint = _complaint(path, line, dict(zip(header, values, strict=True)))
        if complaint.id in found:
            raise Mistake(path, line, f"each Complaint ID once (line {found[complaint.id].line} has it)", complaint.id)
        found[complaint.id] = complaint
    return sorted(found.values(), key=lambda complaint: (complaint.received, int(complaint.id)))


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Mistake(path, 0, "a readable file", error.strerror or type(error).__name__) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Mistake(path, line, "UTF-8", f"byte 0x{data[error.start]:02x}") from None


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise Mistake(path, line, "comma-separated values", str(error)) from None
        if values is None:
            return
        if values:
            yield line, values


def _check_header(path: Path, header: list[str]) -> None:
    if missing := [name for name in COLUMNS if name not in header]:
        raise Mistake(path, 1, f"the column `{missing[0]}`", f"{', '.join(header[:3]) or 'nothing'}…")
    if twice := [name for name in header if header.count(name) > 1]:
        raise Mistake(path, 1, "each column once", f"`{twice[0]}` again")


def _complaint(path: Path, line: int, row: dict[str, str]) -> Complaint:
    id = row["Complaint ID"]
    if not re.fullmatch(r"\d{1,15}", id, re.ASCII):
        raise Mistake(path, line, "a number in `Complaint ID`", f'"{id}"')
    for name in _FILLED:
        if not row[name].strip():
            raise Mistake(path, line, f"a value in `{name}`", "nothing")
    return Complaint(
        line=line,
        id=id,
        received=_day(path, line, row["Date received"]),
        company=row["Company"].strip(),
        sub_product=row["Sub-product"].strip(),
        issue=row["Issue"].strip(),
        sub_issue=row["Sub-issue"].strip(),
        narrative=row["Consumer complaint narrative"].strip(),
        response=row["Company response to consumer"].strip(),
    )


def _day(path: Path, line: int, text: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Mistake(path, line, "a date such as 2024-01-31 in `Date received`", f'"{text}"') from None
