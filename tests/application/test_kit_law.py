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


def test_gevent_and_kafka_have_their_doors() -> None:
    of_gevent = {"concurrency.py", "serve.py", "prompt_worker.py"}
    for package, doors in (("gevent", of_gevent), ("kafka", {"kafka_library.py"})):
        found = {path.name for path in FILES for name in imports(path) if name.split(".")[0] == package}
        assert found <= doors


def test_files_stay_short_and_say_what_lives_in_them() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 250, path.name
        assert path.name == "__init__.py" or ast.get_docstring(ast.parse(text)), path.name


def test_the_environment_is_read_by_settings_and_commands_alone() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in FILES}
    assert {name for name, text in texts.items() if "os.environ" in text or "getenv" in text} <= {
        "server_settings.py", "cli.py",
    }  # fmt: skip
