"""The image: its steps of installation are run here as they are written, without a container engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.support.compose import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
UV = ROOT / ".venv" / "bin" / "uv"


def in_context() -> list[str]:
    """What .dockerignore lets in: it shuts out everything, then names what may come."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert all(line.startswith(("!", "**/")) for line in lines[1:])
    return [line[1:] for line in lines if line.startswith("!")]


def copied(stage: str) -> list[str]:
    """What the stage takes from the context."""
    lines = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", stage, re.MULTILINE)
    return [word.removeprefix("./") for line in lines for word in line.split()]


def test_nothing_enters_the_context_but_what_is_copied() -> None:
    assert set(in_context()) == {path for stage in STAGES for path in copied(stage)}


def test_the_tools_of_the_build_stay_behind() -> None:
    assert len(STAGES) == 2
    last = STAGES[-1]
    assert "pip" not in last
    assert "apt" not in last
    assert re.findall(r"COPY --from=build (\S+)", last) == ["/opt/chorus"]


def test_it_runs_as_nobody_in_particular() -> None:
    assert re.findall(r"^USER (.+)$", STAGES[-1], re.MULTILINE) == ["10001:10001"]


def test_the_interpreter_is_the_one_that_is_tested() -> None:
    minor = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["python_version"]
    assert f"ARG PYTHON={minor}-slim-" in DOCKERFILE
    assert STAGES[0].startswith("python:${PYTHON} AS build")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/opt/chorus as the build stage makes it, of the context alone; only compiling is left out, to be quick."""
    context, target = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("opt") / "chorus"
    words = dict(re.findall(r"(UV_\w+)=(\S+)", STAGES[0]))
    environment = {**os.environ, **words, "UV_PROJECT_ENVIRONMENT": str(target), "UV_LINK_MODE": "hardlink"}
    del environment["UV_NO_CACHE"]
    for line in re.findall(r"^(?:COPY|RUN) .+$", STAGES[0], re.MULTILINE):
        if line.startswith("COPY"):
            for name in copied(line):
                copy(ROOT / name, context / name)
        elif line.startswith("RUN uv "):
            command = [word for word in line.split()[2:] if word != "--compile-bytecode"]
            subprocess.run([UV, *command], cwd=context, env=environment, check=True, capture_output=True)
    shutil.rmtree(context)
    return target


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    else:
        shutil.copyfile(source, target)


def test_the_installation_needs_nothing_of_the_sources(installed: Path) -> None:
    """They are gone by now; every command answers, and the packages of all extras are there."""
    python = installed / "bin" / "python"
    for words in (["--help"], ["campaign", "--help"], ["notifier", "--help"], ["topics", "--help"]):
        ran = subprocess.run([installed / "bin" / "chorus", *words], cwd="/", capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    extras = "import crc32c, kafka, obstore, psycopg, services.kit.serve; print(services.kit.serve.__file__)"
    ran = subprocess.run([python, "-W", "ignore", "-c", extras], cwd="/", capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert Path(ran.stdout.strip()).is_relative_to(installed)


def test_every_file_of_the_services_is_installed(installed: Path) -> None:
    """Templates, words, migrations, playbooks and styles are data that a package may forget."""
    (found,) = installed.glob("lib/python*/site-packages/services")
    missing = files(ROOT / "services") - files(found)
    assert not missing


def files(folder: Path) -> set[Path]:
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }


def test_no_tool_of_development_is_installed(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    names = {path.name.partition("-")[0].lower() for path in packages.glob("*.dist-info")}
    assert "chorus" in names
    assert not names & {"pytest", "ruff", "mypy", "playwright", "hypothesis", "uv", "pip"}
