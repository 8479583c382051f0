"""The doctor of an installation of processes finds each thing that is broken, and says what to do about it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.campaign.schema import migrate_all
from services.campaign.settings import CampaignSettings
from services.contracts.topics import TOPICS
from services.distributed.parts.postgres import Postgres
from services.distributed.secrets import make_missing
from services.embedded.cli import main
from services.embedded.doctor_of_processes import findings
from services.gateway.wiring import HOME as GATEWAY
from services.kit.settings import Secret, read
from services.kit.sql.migrate import migrate
from services.kit.sql.postgres import postgres_engine
from services.kit.stream.kafka_settings import KafkaSettings
from services.kit.stream.kafka_topics import create_topics
from services.notifier.wiring import HERE as NOTIFIER
from tests.support.kafka import own_broker
from tests.support.postgres import own_server
from tests.support.s3 import bucket
from tests.support.smtp_sink import SmtpSink


class Ready(BaseHTTPRequestHandler):
    """Another service's door, in good health or (below /ill) not."""

    def do_GET(self) -> None:
        self.send_response(503 if self.path.startswith("/ill") else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@dataclass
class Installation:
    postgres: Postgres
    secrets: Path
    environment: dict[str, str] = field(default_factory=dict)

    def looked_at(self, **changed: str) -> dict[bool, list[str]]:
        found: dict[bool, list[str]] = {True: [], False: []}
        for good, sentence in findings({**self.environment, **changed}):
            found[good].append(sentence)
        return found

    def wrong(self, **changed: str) -> list[str]:
        return self.looked_at(**changed)[False]


def an_installation(folder: Path, closing: ExitStack) -> Installation:
    postgres, kafka = closing.enter_context(own_server()), closing.enter_context(own_broker())
    sink, server = SmtpSink().start(), ThreadingHTTPServer(("127.0.0.1", 0), Ready)
    closing.callback(sink.stop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    closing.callback(server.server_close)
    closing.callback(server.shutdown)
    secrets, place = folder / "secrets", bucket()
    make_missing(secrets, datetime(2026, 3, 1, tzinfo=UTC))
    postgres.provision({role: secrets / "postgres" / role for role in ("campaign", "notifier", "gateway")})
    door = f"http://127.0.0.1:{server.server_port}"
    environment = {
        "CHORUS_SECRETS": str(secrets / "campaign"),
        "CHORUS_CAMPAIGN_DATABASE": postgres.url("chorus_campaign", "chorus_campaign"),
        "CHORUS_KEYS_DATABASE": postgres.url("chorus_keys", "chorus_campaign"),
        "CHORUS_CAMPAIGN_DATABASE_PASSWORD_FILE": str(secrets / "postgres" / "campaign"),
        "CHORUS_EVIDENCE": place.place,
        "CHORUS_S3_ENDPOINT": place.server.endpoint,
        "CHORUS_S3_KEY_ID": place.server.key_id,
        "CHORUS_S3_SECRET": place.server.secret,
        "CHORUS_INTERNAL_SECRET_FILE": str(secrets / "internal"),
        "CHORUS_NOTIFIER_DATABASE": postgres.url("chorus_notifier", "chorus_notifier"),
        "CHORUS_NOTIFIER_DATABASE_PASSWORD_FILE": str(secrets / "postgres" / "notifier"),
        "CHORUS_SMTP_HOST": "127.0.0.1",
        "CHORUS_SMTP_PORT": str(sink.port),
        "CHORUS_GATEWAY_DATABASE": postgres.url("chorus_gateway", "chorus_gateway"),
        "CHORUS_GATEWAY_DATABASE_PASSWORD_FILE": str(secrets / "postgres" / "gateway"),
        "CHORUS_PEPPER": str(secrets / "campaign" / "pepper"),
        "CHORUS_OPERATOR_TOKEN_FILE": str(secrets / "gateway" / "operator"),
        "CHORUS_CAMPAIGN_URL": door,
        "CHORUS_NOTIFIER_URL": door,
        "CHORUS_KAFKA": kafka.bootstrap,
    }
    for name, service in (("notifier", "notifier"), ("gateway-key", "gateway")):
        (secrets / "campaign" / name).write_bytes((secrets / service / name).read_bytes())
        (secrets / "campaign" / name).chmod(0o600)
    migrate_all(read(CampaignSettings, environment))
    for role, home in (("notifier", NOTIFIER), ("gateway", GATEWAY)):
        password = Secret((secrets / "postgres" / role).read_text())
        engine = postgres_engine(postgres.url(f"chorus_{role}", f"chorus_{role}"), password, application="test")
        migrate(engine, home / "migrations")
        engine.dispose()
    create_topics(read(KafkaSettings, environment), TOPICS)
    return Installation(postgres, secrets, environment)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with ExitStack() as closing:
        yield an_installation(tmp_path_factory.mktemp("doctor"), closing)


def test_a_whole_installation_is_well(installation: Installation) -> None:
    found = installation.looked_at()
    assert found[False] == []
    said = "\n".join(found[True])
    for part in ("Kafka at", "event log: 0 events", "evidence can be", "mail server", "schema of views", "campaign is"):
        assert part in said


def test_the_command_says_so_and_ends_with_0_or_1(installation: Installation) -> None:
    whole = CliRunner().invoke(main, ["doctor"], env=installation.environment)
    assert whole.exit_code == 0 and "all is well" in whole.output
    torn = CliRunner().invoke(main, ["doctor"], env={**installation.environment, "CHORUS_SMTP_PORT": "1"})
    assert torn.exit_code == 1 and "1 things to mend" in torn.output
    assert (installation.secrets / "postgres" / "campaign").read_text() not in whole.output + torn.output


NO_FILE = {"CHORUS_CAMPAIGN_DATABASE_PASSWORD_FILE": ""}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"CHORUS_CAMPAIGN_DATABASE_PASSWORD_FILE": "", "CHORUS_CAMPAIGN_DATABASE_PASSWORD": "no"},
            "password is wrong",
        ),
        ({"CHORUS_NOTIFIER_DATABASE": "postgresql://chorus_notifier@127.0.0.1:1/chorus_notifier"}, "is it running?"),
        ({"CHORUS_KAFKA": "127.0.0.1:1"}, "stream-away"),
        ({"CHORUS_S3_ENDPOINT": "http://127.0.0.1:1"}, "look at CHORUS_EVIDENCE"),
        ({"CHORUS_EVIDENCE": "s3://no-such-bucket-here"}, "look at CHORUS_EVIDENCE"),
        ({"CHORUS_S3_SECRET": "wrong"}, "look at CHORUS_EVIDENCE"),
        ({"CHORUS_SMTP_SECURITY": "starttls"}, "look at CHORUS_SMTP_HOST"),
        ({"CHORUS_SMTP_HOST": ""}, "CHORUS_SMTP_HOST is not set"),
        ({"CHORUS_CAMPAIGN_URL": "http://127.0.0.1:1"}, "campaign does not answer"),
        ({"CHORUS_OPERATOR_TOKEN_FILE": "", "CHORUS_OPERATOR_TOKEN": "short"}, "shorter than 32"),
        ({"CHORUS_BASE_URL": "http://chorus.example"}, "put TLS in front"),
        ({"CHORUS_SECRETS": "/nowhere"}, "chorus secrets"),
        ({"CHORUS_SMTP_PORT": "many"}, "CHORUS_SMTP_PORT is not a readable number"),
    ],
)
def test_a_setting_that_is_wrong_is_found(installation: Installation, changed: dict[str, str], expected: str) -> None:
    assert any(expected in sentence for sentence in installation.wrong(**changed))


def test_a_door_in_bad_health_is_found(installation: Installation) -> None:
    ill = installation.environment["CHORUS_CAMPAIGN_URL"] + "/ill"
    assert any("is not ready (HTTP 503)" in sentence for sentence in installation.wrong(CHORUS_CAMPAIGN_URL=ill))


def run(installation: Installation, sql: str, database: str = "chorus_campaign") -> None:
    installation.postgres.psql(sql, database)


EVENT = (
    "INSERT INTO stored_events VALUES (2, '\\x01', 1, 1, 1, 'campaign.drafted', '{}', NULL)",
    "DELETE FROM stored_events",
)
LETTER = (
    "INSERT INTO dead_letters VALUES ('mails', 'campaign.events.v1', 0, 7, 'k', NULL, false, 'bad-leaf', '', '', true)",
    "DELETE FROM dead_letters",
)
LATE = (
    "INSERT INTO outbox(event, recipient, kind, priority, state, due_at, attempts) VALUES ('e','r','k',0,'due',1,0)",
    "DELETE FROM outbox",
)


@pytest.mark.parametrize(
    ("database", "sql", "back", "expected"),
    [
        ("chorus_campaign", *EVENT, "event log: 1 events, but the last is number 2"),
        ("chorus_notifier", *LETTER, "1 dead letters of consumer mails (bad-leaf)"),
        ("chorus_notifier", *LATE, "people cannot sign in"),
        (
            "chorus_gateway",
            "UPDATE alembic_version SET version_num = 'from-tomorrow'",
            "UPDATE alembic_version SET version_num = '0001'",
            "install the newer one",
        ),
        (
            "postgres",
            "GRANT CONNECT ON DATABASE chorus_keys TO chorus_gateway",
            "REVOKE CONNECT ON DATABASE chorus_keys FROM chorus_gateway",
            "can open chorus_keys",
        ),
        ("postgres", "ALTER ROLE chorus_notifier CREATEDB", "ALTER ROLE chorus_notifier NOCREATEDB", "no such right"),
        (
            "postgres",
            "ALTER DATABASE chorus_campaign SET synchronous_commit = off",
            "ALTER DATABASE chorus_campaign RESET synchronous_commit",
            "synchronous_commit is off",
        ),
    ],
)
def test_a_database_that_is_not_as_it_should_be_is_found(
    installation: Installation, database: str, sql: str, back: str, expected: str
) -> None:
    kept = installation.postgres.psql("SELECT version_num FROM alembic_version", "chorus_gateway")
    run(installation, sql, database)
    try:
        assert any(expected in sentence for sentence in installation.wrong())
    finally:
        run(installation, back.replace("'0001'", f"'{kept}'"), database)
    assert installation.wrong() == []


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda path: path.chmod(0o644), "run chmod 600"),
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b"short"), "has not 32 bytes"),
    ],
)
def test_a_secret_that_is_open_lost_or_broken_is_found(
    installation: Installation, spoil: Callable[[Path], object], expected: str
) -> None:
    path = installation.secrets / "campaign" / "pepper"
    kept = path.read_bytes()
    spoil(path)
    try:
        assert any(expected in sentence for sentence in installation.wrong())
    finally:
        path.write_bytes(kept)
        path.chmod(0o600)


def test_a_topic_that_is_missing_is_found(installation: Installation) -> None:
    with own_broker() as empty:
        wrong = installation.wrong(CHORUS_KAFKA=empty.bootstrap)
    assert sum("run `chorus topics`" in sentence for sentence in wrong) == len(TOPICS)
