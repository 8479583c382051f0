"""`chorus audit`: export a campaign's public history, replay it to any moment, verify it offline."""

import json
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click

from services.campaign.audit.container import CONTENT, LEAVES
from services.campaign.audit.export import NoSuchCampaign, export_zip
from services.campaign.audit.findings import Unusable
from services.campaign.audit.folder_source import NoDataFolder, open_source
from services.campaign.audit.opening import Export
from services.campaign.audit.replay import BadMoment, Moment, prefix
from services.campaign.audit.sentences import LOCALES, Sentences
from services.campaign.audit.verify import Exit, Report
from services.campaign.audit.verify import verify as verify_export
from services.campaign.audit.word_checks import BadWords, Words, line_of, words_of
from services.contracts.leaf_v1 import BadLeaf, Leaf
from services.contracts.progress_v1 import Progress
from services.contracts.registry import registry
from services.kit.texts import Texts

_CHUNK: Final = 256 * 1024
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """Check a campaign's history without trusting whoever runs it.

    \b
    chorus audit export 7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01 -o history.zip --url https://chorus.example
    chorus audit verify history.zip
    chorus audit replay history.zip --at 2026-03-08T13:00+08:00 --lang en
    """


@audit.command()
@click.argument("campaign", type=click.UUID)
@click.option("-o", "--output", type=_FILE, required=True, help="File to write.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder to read (read-only).")
@click.option("--url", help="Address of a running Chorus, for example https://chorus.example.")
@click.option("--numbers", type=_FILE, help="With --url: save the published numbers here, for verify --numbers.")
def export(campaign: UUID, output: Path, data: Path | None, url: str | None, numbers: Path | None) -> None:
    """Write the public history of CAMPAIGN as a ZIP.

    \b
    chorus audit export 7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01 -o history.zip --data var
    chorus audit export 7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01 -o history.zip --url http://127.0.0.1:8000
    """
    if (data is None) == (url is None) or (numbers is not None and url is None):
        raise click.UsageError("give either --data or --url; --numbers goes with --url")
    try:
        if url is None:
            _save(output, _from_folder(data or Path(), campaign))
        else:
            if numbers is not None:
                _save(numbers, _from_url(url, campaign, "progress"))
            _save(output, _from_url(url, campaign, "export"))
    except (NoDataFolder, NoSuchCampaign) as error:
        raise _unusable("nothing-there", str(error)) from None
    except (sqlite3.Error, LookupError, BadLeaf) as error:
        raise _unusable("store-unreadable", str(error)) from None
    except (OSError, ValueError) as error:
        raise _unusable("not-saved", str(error)) from None
    click.echo(f"{output}: {output.stat().st_size} bytes")


@audit.command()
@click.argument("file", type=_FILE)
@click.option("--at", help="Number of leaves, or an instant with its offset; without it, the latest state.")
@click.option("--lang", type=click.Choice(["zh-CN", "en"]), default="zh-CN", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Only the numbers, as JSON.")
def replay(file: Path, at: str | None, lang: str, as_json: bool) -> None:
    """Tell what happened up to a moment and print the public numbers of that moment.

    \b
    chorus audit replay history.zip --at 120
    chorus audit replay history.zip --at 2026-03-08T13:00+08:00 --lang en
    """
    try:
        moment = Moment.of(at)
    except BadMoment:
        raise click.BadParameter("a number of leaves, or an instant like 2026-03-08T13:00+08:00") from None
    try:
        with Export(file) as opened:
            _replay(opened, moment, None if as_json else lang)
    except Unusable as error:
        raise _unusable(error.code, error.where) from None
    except (BadLeaf, BadWords) as error:
        raise _unusable(error.code, "run verify to see where") from None


@audit.command()
@click.argument("file", type=_FILE)
@click.option("--numbers", type=_FILE, help="Public numbers you saved yourself, to be compared as well.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def verify(file: Path, numbers: Path | None, as_json: bool) -> None:
    """Check an export offline: nothing altered, nothing missing, every number recomputed.

    \b
    chorus audit verify history.zip
    chorus audit verify history.zip --json | jq .findings
    chorus audit verify history.zip --numbers numbers.json

    Ends with 0 when all holds, 1 with findings, 2 when the file cannot be checked.
    """
    try:
        report = verify_export(file, numbers)
    except Unusable as error:
        if as_json:
            click.echo(json.dumps({"verify": "unusable", "code": error.code, "where": error.where}))
        raise _unusable(error.code, error.where) from None
    click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if as_json else _told(report))
    sys.exit(report.exit)


class _Unusable(click.ClickException):
    exit_code = Exit.UNUSABLE


def _unusable(code: str, where: str) -> click.ClickException:
    return _Unusable(f"{code} {where}".rstrip())


def _from_folder(data: Path, campaign: UUID) -> Iterator[bytes]:
    with open_source(data) as source:
        yield from export_zip(source, campaign)


def _from_url(url: str, campaign: UUID, what: str) -> Iterator[bytes]:
    if not url.startswith(("http://", "https://")):
        raise ValueError("an address begins with http:// or https://")
    address = f"{url.rstrip('/')}/api/v1/campaigns/{campaign}/{what}"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310
            while chunk := answer.read(_CHUNK):
                yield chunk
    except urllib.error.HTTPError as error:
        code = error.code
        error.close()
        raise NoSuchCampaign(f"{address} answered {code}") from None


def _save(output: Path, chunks: Iterator[bytes]) -> None:
    """A file that is there is whole: it gets its name in the end."""
    part = output.with_name(output.name + ".part")
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _replay(export: Export, moment: Moment, lang: str | None) -> None:
    progress = Progress({})
    sentences = Sentences(Texts(LOCALES), registry())
    spoken = _Spoken(export.lines(CONTENT))
    for index, leaf in prefix(export.lines(LEAVES), moment):
        registry().check(leaf)
        progress.apply(index, leaf.whole)
        if lang is not None:
            click.echo(f"{index:>6}  {leaf.time}  {sentences.sentence(lang, leaf)}")
            for line in sentences.words(lang, leaf, spoken.of(leaf)):
                click.echo(f"{'':>30}{_printable(line)}")
    click.echo(json.dumps(progress.document(), ensure_ascii=False, indent=2))


class _Spoken:
    """The public words of events asked for in the order of the log."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._next = next(self._lines, None)

    def of(self, leaf: Leaf) -> Words | None:
        if self._next is None:
            return None
        event, disclosures = line_of(self._next)
        if event != leaf.id:
            return None
        self._next = next(self._lines, None)
        return words_of(leaf, registry().get(leaf.type, leaf.version), disclosures)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _told(report: Report) -> str:
    lines = [
        f"campaign   {report.campaign}",
        f"leaves     {report.size}",
        f"members    {report.members}, of whom erased {report.erased}",
        f"numbers    {report.origin}, compared after {report.compared_at} leaves",
    ]
    for finding in report.findings:
        lines.append("FINDING    " + "  ".join(_facts(finding.as_json())))
    lines.append("ok: nothing wrong found" if not report.count else f"{report.count} findings")
    return "\n".join(lines)


def _facts(finding: dict[str, Any]) -> list[str]:
    return [str(value) if name in ("code", "part") else f"{name} {value}" for name, value in finding.items()]
