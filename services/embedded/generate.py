"""Writes every generated file, or checks that each is up to date."""

from __future__ import annotations

import subprocess
import sys

import click

GENERATORS = ("services.campaign.audit.generate", "services.gateway.api.generate", "services.embedded.operator_pages")


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where a file is not up to date.")
def generate(check: bool) -> None:
    """Schemas, AsyncAPI, OpenAPI, pages of events, settings and metrics, from the code that they describe."""
    wanted = ["--check"] if check else []
    failed = [
        module
        for module in GENERATORS
        if subprocess.run([sys.executable, "-m", module, *wanted], check=False).returncode  # noqa: S603
    ]
    if failed:
        raise click.ClickException("not up to date: run `make generate` (" + ", ".join(failed) + ")")
