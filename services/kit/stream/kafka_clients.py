"""Kafka's clients as this house wants them: their settings, their errors in our two families, their logs kept short."""

from __future__ import annotations

import logging
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream.kafka_settings import KafkaSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
    from kafka import errors as kafka_errors
    from kafka.admin import ConfigResource

__all__ = ["ConfigResource", "TopicPartition", "admin", "consumer", "failure", "kafka_errors", "producer", "translated"]

ANSWER_SECONDS: Final = 5.0
"""How long one request to a broker may take."""
PUBLISH_SECONDS: Final = 10.0
"""How long a slice may take to be published."""
_REFUSED: Final = (
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.UnsupportedSaslMechanismError,
    kafka_errors.IllegalSaslStateError,
    kafka_errors.AuthorizationError,
)
_FENCED: Final = (
    kafka_errors.ProducerFencedError,
    kafka_errors.InvalidProducerEpochError,
    kafka_errors.InvalidProducerIdMappingError,
    kafka_errors.TransactionCoordinatorFencedError,
)
_TOO_LARGE: Final = (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError)


def consumer(settings: KafkaSettings, client_id: str, wait_ms: int) -> Any:
    """Reads what is committed, from where it is told to; no group, nothing committed to the broker."""
    return KafkaConsumer(
        **_common(settings, client_id),
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=wait_ms,
        max_partition_fetch_bytes=512 * 1024,
        fetch_max_bytes=8 * 1024 * 1024,
        metrics_enabled=False,
    )


def producer(settings: KafkaSettings, client_id: str, transactional_id: str | None) -> Any:
    """Every copy that is in sync has a record before it counts; a request that is sent again is not stored again."""
    return KafkaProducer(
        **_common(settings, client_id),
        transactional_id=transactional_id,
        transaction_timeout_ms=int(PUBLISH_SECONDS * 2000),
        acks="all",
        batch_size=256 * 1024,
        delivery_timeout_ms=int(PUBLISH_SECONDS * 1000),
        max_block_ms=int(ANSWER_SECONDS * 1000),
        metrics_enabled=False,
    )


def admin(settings: KafkaSettings, client_id: str) -> Any:
    common = _common(settings, client_id)
    del common["allow_auto_create_topics"]
    return KafkaAdminClient(**common)


def _common(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    _tame_logs()
    common: dict[str, Any] = {
        "bootstrap_servers": list(settings.servers),
        "client_id": client_id,
        "security_protocol": settings.security.upper(),
        "request_timeout_ms": int(ANSWER_SECONDS * 1000),
        "bootstrap_timeout_ms": int(ANSWER_SECONDS * 1000),
        "reconnect_backoff_max_ms": 1000,
        "allow_auto_create_topics": False,
    }
    if settings.security.endswith("ssl"):
        common["ssl_context"] = _tls(settings)
    if settings.security.startswith("sasl"):
        common |= {
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.user,
            "sasl_plain_password": str(settings.password),
        }
    return common


def _tls(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if settings.ca is None else str(settings.ca))
        if settings.certificate is not None and settings.key is not None:
            context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise PermanentFailure("stream-certificates-unreadable") from error
    return context


def _tame_logs() -> None:
    """The library tells of each lost connection several times over; what matters comes back as a failure."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


@contextmanager
def translated() -> Iterator[None]:
    """What the library and the network raise becomes a failure of the stream; anything else passes as it is."""
    try:
        yield
    except (kafka_errors.KafkaError, OSError) as error:
        raise failure(error) from error


def failure(error: BaseException) -> TemporaryFailure | PermanentFailure:
    """What an error of the library means to whoever uses the stream."""
    if isinstance(error, _REFUSED):
        return PermanentFailure("stream-refuses-us")
    if isinstance(error, _FENCED):
        return TemporaryFailure("stream-has-another-publisher")
    if isinstance(error, _TOO_LARGE):
        return PermanentFailure("record-too-large")
    if isinstance(error, kafka_errors.UnknownTopicOrPartitionError):
        return TemporaryFailure("topic-missing")
    if isinstance(error, kafka_errors.CorruptRecordError):
        return PermanentFailure("stream-corrupt")
    if isinstance(error, kafka_errors.KafkaConfigurationError):
        return PermanentFailure("stream-misconfigured")
    return TemporaryFailure("stream-away")
