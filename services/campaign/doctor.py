"""What campaign looks at in an installation of processes: databases, keys, evidence, the log and the stream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from services.campaign.adapters.evidence_place import S3Access, evidence_store
from services.campaign.databases import EVENTS, KEYS, MIGRATIONS, TOKENS, VIEWS, version_table
from services.campaign.settings import CampaignSettings
from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.checkup import Finding, door, each, good, key_file, tried, word, wrong
from services.kit.failures import PermanentFailure
from services.kit.settings import Secret
from services.kit.sql.checkup import Part, postgres_findings
from services.kit.sql.engine import temporary_when_busy
from services.kit.sql.postgres import postgres_engine
from services.kit.stream.checkup import relay_findings
from services.kit.stream.port import Reader

OWN: Final = ("chorus_campaign", "chorus_keys")
PARTS: Final = {name: Part(name, MIGRATIONS / name, version_table(name)) for name in (EVENTS, VIEWS, TOKENS, KEYS)}
REMEDY: Final = "look at CHORUS_EVIDENCE and the CHORUS_S3_ settings, and whether the bucket is there"
PROBE: Final = b"chorus doctor looks whether this can be written, read and deleted"
_LOG: Final = text(
    "SELECT count(*) AS events, coalesce(max(notification_id), 0) AS head,"
    " (SELECT count(*) FROM erasures WHERE done = 0) AS unfinished FROM stored_events"
)


def findings(settings: CampaignSettings, reader: Reader | None) -> Iterator[Finding]:
    """Writes one object beside the evidence, and deletes it again; changes nothing else."""
    yield from _secrets(settings)
    if settings.database is not None:
        engine = _engine(settings.database, settings.database_password)
        yield from postgres_findings(engine, OWN, [PARTS[name] for name in (EVENTS, VIEWS, TOKENS)])
        yield from each(lambda: _log(engine, reader), "the log")
        engine.dispose()
    if settings.keys_database is None:
        yield wrong("CHORUS_KEYS_DATABASE is not set", "name the database of the keys")
    else:
        keys = _engine(settings.keys_database, settings.database_password, views=False)
        yield from postgres_findings(keys, OWN, [PARTS[KEYS]])
        keys.dispose()
    yield tried("evidence can be written, read and deleted", lambda: _evidence(settings), REMEDY)
    if settings.notifier_url is not None:
        yield door("notifier", settings.notifier_url)


def _secrets(settings: CampaignSettings) -> Iterator[Finding]:
    folder = settings.secrets or (settings.data or Path("data")) / "secrets"
    keks = sorted(folder.glob("kek-????-??"))
    if not keks:
        yield wrong(f"no kek-YYYY-MM in {folder}", "run `chorus secrets FOLDER`, or put back those of these databases")
    for path in (*keks, folder / "pepper"):
        yield key_file(path)
    yield word("CHORUS_INTERNAL_SECRET", settings.secret)


def _log(engine: Engine, reader: Reader | None) -> Iterator[Finding]:
    with temporary_when_busy(), engine.connect() as connection:
        events, head, unfinished = connection.execute(_LOG).one()
    told = f"event log: {events} events"
    if events == head:
        yield good(told)
    else:
        yield wrong(f"{told}, but the last is number {head}", "events are gone; see LogHasAHole in docs/operations.md")
    if unfinished:
        yield wrong(f"{unfinished} erasures are not finished", "is a campaign-worker running? its log says why")
    if reader is not None:
        yield from relay_findings(reader, CAMPAIGN_EVENTS, head)


def _evidence(settings: CampaignSettings) -> None:
    folder = None if settings.data is None else settings.data / "evidence"
    access = S3Access(settings.s3_endpoint, settings.s3_region, settings.s3_key_id, settings.s3_secret)
    store = evidence_store(settings.evidence, folder, access)
    name = store.put([PROBE])
    try:
        if b"".join(store.open(name)) != PROBE:
            raise PermanentFailure("evidence-comes-back-changed")
    finally:
        store.delete(name)
    if store.exists(name):
        raise PermanentFailure("evidence-cannot-be-deleted")


def _engine(url: str, password: Secret | None, *, views: bool = True) -> Engine:
    schemas = (VIEWS, TOKENS, "public") if views else ()
    return postgres_engine(url, password, application="chorus-doctor", pool_size=1, schemas=schemas)
