"""Kafka as real clusters have it: encrypted, signed in to by name and password; everything by settings alone."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import read
from services.kit.stream import kafka_clients as clients
from services.kit.stream.cli import topics
from services.kit.stream.kafka import KafkaSettings, KafkaStream
from services.kit.stream.port import START
from tests.support.kafka import own_broker
from tests.support.streams import record

USER, PASSWORD = "chorus", "correct-horse-battery"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"


class Signed(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self, with_key: bool = False) -> bytes:
        pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        if not with_key:
            return pem
        form = serialization.PrivateFormat.PKCS8
        return pem + self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def certificate(name: str, authority: Signed | None = None) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if authority is None:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        building = building.add_extension(usage, critical=True)
    else:
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
        building = building.add_extension(address, critical=False).add_extension(issuer, critical=False)
    return Signed(building.sign((authority.key if authority else key), hashes.SHA256()), key)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("tls")
    authority, stranger = certificate("the authority"), certificate("a stranger")
    (folder / "ca.pem").write_bytes(authority.pem())
    (folder / "stranger.pem").write_bytes(stranger.pem())
    (folder / "broker.pem").write_bytes(certificate("broker", authority).pem(with_key=True))
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "wrong").write_text("wrong-" + PASSWORD)
    login = f'{_SCRAM} username="{USER}" password="{PASSWORD}";'
    settings = {
        "listener.name.clients.ssl.keystore.type": "PEM",
        "listener.name.clients.ssl.keystore.location": str(folder / "broker.pem"),
        "listener.name.clients.ssl.truststore.type": "PEM",
        "listener.name.clients.ssl.truststore.location": str(folder / "ca.pem"),
        "listener.name.clients.sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "listener.name.clients.scram-sha-256.sasl.jaas.config": login,
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-256",
    }
    users = ("--add-scram", f"SCRAM-SHA-256=[name={USER},password={PASSWORD}]")
    with own_broker(settings, security="SASL_SSL", format_options=users) as kafka:
        yield {
            "CHORUS_KAFKA": kafka.bootstrap,
            "CHORUS_KAFKA_SECURITY": "sasl_ssl",
            "CHORUS_KAFKA_CA": str(folder / "ca.pem"),
            "CHORUS_KAFKA_USER": USER,
            "CHORUS_KAFKA_PASSWORD_FILE": str(folder / "password"),
        }


def test_encrypted_and_signed_in_by_settings_alone(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = CliRunner().invoke(topics, [])
    assert made.exit_code == 0, made.output
    assert "made: campaign.events.v1 (12 partitions, kept for ever)" in made.output
    stream = KafkaStream(read(KafkaSettings, environment), "secured")
    stream.take_over(CAMPAIGN_EVENTS)
    stream.publish(CAMPAIGN_EVENTS, [record("a", 1)])
    found = [one for at in range(12) for one in stream.fetch(CAMPAIGN_EVENTS, at, START, 10)]
    assert [one.record for one in found] == [record("a", 1)]
    stream.close()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"CHORUS_KAFKA_PASSWORD_FILE": "wrong"}, "stream-refuses-us"),
        ({"CHORUS_KAFKA_SASL_MECHANISM": "PLAIN"}, "stream-refuses-us"),
        ({"CHORUS_KAFKA_CA": "stranger.pem"}, "stream-not-trusted"),
        ({"CHORUS_KAFKA_CA": "nowhere.pem"}, "stream-certificates-unreadable"),
    ],
)
def test_what_is_wrong_is_told_and_no_secret_with_it(
    environment: dict[str, str], wrong: dict[str, str], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Path(environment["CHORUS_KAFKA_CA"]).parent
    files = {name: str(folder / value) if "." in value or value == "wrong" else value for name, value in wrong.items()}
    settings = read(KafkaSettings, {**environment, **files})
    with caplog.at_level(logging.DEBUG):
        stream = KafkaStream(settings, "refused")
        with pytest.raises(PermanentFailure, match=code):
            stream.publish(CAMPAIGN_EVENTS, [record("a", 1)])
        stream.close()
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(settings)


def test_the_command_says_what_is_wrong(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {**environment, "CHORUS_KAFKA_USER": "nobody"})
    refused = CliRunner().invoke(topics, [])
    assert refused.exit_code == 1
    assert "Kafka refuses us: look at user, password" in refused.output
    monkeypatch.setattr("os.environ", {**environment, "CHORUS_KAFKA_PASSWORD_FILE": ""})
    assert "CHORUS_KAFKA_PASSWORD are missing" in CliRunner().invoke(topics, []).output
    monkeypatch.setattr("os.environ", {})
    assert "CHORUS_KAFKA is missing" in CliRunner().invoke(topics, []).output


def test_a_broker_that_hangs_up_while_it_starts_is_away_and_not_untrusted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def hangs_up() -> None:
            with door.accept()[0] as peer:
                peer.recv(4096)

        thread = threading.Thread(target=hangs_up)
        thread.start()
        settings = KafkaSettings((f"127.0.0.1:{door.getsockname()[1]}",), security="ssl")
        with pytest.raises(TemporaryFailure, match="stream-away"):
            clients.admin(settings, "test")
        thread.join()
