"""One file knows Kafka's library; whoever runs without Kafka does not need it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

SERVICES = Path(__file__).parents[2] / "services"


def imported(tree: ast.AST) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_one_file_imports_kafkas_library() -> None:
    guilty = {
        path.relative_to(SERVICES).as_posix()
        for path in SERVICES.rglob("*.py")
        if any(name.split(".")[0] == "kafka" for name in imported(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert guilty == {"kit/stream/kafka_library.py"}


def test_who_runs_without_kafka_does_not_load_its_library() -> None:
    modules = "services.embedded.serve, services.embedded.cli, services.kit.stream.cli, services.kit.stream.relay"
    code = f"import sys, {modules}; sys.exit('kafka' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
