"""Whoever runs everything in one process needs neither PostgreSQL's library, nor Kafka's, nor an object store's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.embedded.cli import COMMANDS

EXTRAS = ("psycopg", "kafka", "crc32c", "obstore")
WITHOUT = """
import importlib, sys
for name in {extras}:
    sys.modules[name] = None
importlib.import_module({module!r})
importlib.import_module("services.embedded.serve")
"""


@pytest.mark.parametrize("module", sorted({module for module, *_ in COMMANDS.values()}))
def test_every_command_loads_without_the_extras(module: str) -> None:
    code = WITHOUT.format(extras=EXTRAS, module=module)
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert loaded.returncode == 0, loaded.stderr
