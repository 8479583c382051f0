"""The law of the kit: no service, no business words' modules, gevent and Kafka behind one door each."""

from __future__ import annotations

import ast
from pathlib import Path

import services.kit.ids

KIT = Path(services.kit.ids.__file__).parent
FILES = sorted(KIT.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_kit_knows_no_service() -> None:
    ours = {name for path in FILES for name in imports(path) if name.startswith("services")}
    assert {name.split(".")[1] for name in ours} <= {"kit", "contracts"}


def test_gevent_and_kafka_have_one_door_each() -> None:
    for package, door in (("gevent", "concurrency.py"), ("kafka", "kafka.py")):
        doors = {path.name for path in FILES for name in imports(path) if name.split(".")[0] == package}
        assert doors <= {door}


def test_files_stay_short_and_say_what_lives_in_them() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 250, path.name
        assert path.name == "__init__.py" or ast.get_docstring(ast.parse(text)), path.name


def test_only_the_caller_hands_in_the_environment() -> None:
    for path in FILES:
        assert "environ" not in path.read_text(encoding="utf-8").replace("environment", ""), path.name
