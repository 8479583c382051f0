"""Writes `docs/openapi.json` from the rows of the API; `--check` compares."""

from __future__ import annotations

import sys
from pathlib import Path

from services.gateway.api.blueprint import openapi_bytes

TARGET = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def main(arguments: list[str]) -> int:
    text = openapi_bytes() + b"\n"
    if "--check" in arguments:
        same = TARGET.exists() and TARGET.read_bytes() == text
        if not same:
            print(f"{TARGET} is not up to date", file=sys.stderr)  # noqa: T201
        return 0 if same else 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
