"""Complaints of real people, played from the excerpt through the public API."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from services.embedded.real.cli import demo_real

EXCERPT = Path(__file__).resolve().parents[1] / "data" / "complaints-excerpt.csv"


def test_the_excerpt_becomes_three_campaigns(tmp_path: Path) -> None:
    result = CliRunner().invoke(demo_real, [str(EXCERPT), "--keep", str(tmp_path / "kept")])
    assert result.exit_code == 0, result.output
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in result.stdout.splitlines()]
    rows = {row[0]: row[1:6] for row in cells if len(row) == 7}
    assert rows["WELLS FARGO & COMPANY"] == ["14", "7", "7", "74400.00 USD", "8"]
    assert rows["TransferWise Ltd"] == ["12", "4", "8", "no sum", "1"]
    assert rows["Netspend Corporation"] == ["10", "6", "4", "no sum", "3"]
    assert rows["all"] == ["36", "17", "19", "", "12"]
    assert "left out: 5 complaints of 2 companies" in result.stdout
    assert "refused:" not in result.stdout
    assert f"make run DATA={tmp_path / 'kept'}" in result.stdout


def test_a_mistake_in_the_file_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "short.csv"
    file.write_bytes(EXCERPT.read_bytes() + b"2026-01-01,too short\n")
    result = CliRunner().invoke(demo_real, [str(file)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{file}:")
    assert "expected 17 fields, found 2" in result.stderr
