"""What Kafka's library and the network raise, as failures of the stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream.kafka_library import errors

_PERMANENT: Final[dict[type[Exception], str]] = {
    errors.SaslAuthenticationFailedError: "stream-refuses-us",
    errors.UnsupportedSaslMechanismError: "stream-refuses-us",
    errors.IllegalSaslStateError: "stream-refuses-us",
    errors.AuthorizationError: "stream-refuses-us",
    errors.MessageSizeTooLargeError: "record-too-large",
    errors.RecordListTooLargeError: "record-too-large",
    errors.CorruptRecordError: "stream-corrupt",
    errors.KafkaConfigurationError: "stream-misconfigured",
}
_TEMPORARY: Final[dict[type[Exception], str]] = {
    errors.ProducerFencedError: "stream-has-another-publisher",
    errors.InvalidProducerEpochError: "stream-has-another-publisher",
    errors.InvalidProducerIdMappingError: "stream-has-another-publisher",
    errors.TransactionCoordinatorFencedError: "stream-has-another-publisher",
    errors.UnknownTopicOrPartitionError: "topic-missing",
    errors.NotEnoughReplicasError: "stream-has-too-few-copies",
    errors.NotEnoughReplicasAfterAppendError: "stream-has-too-few-copies",
}


@contextmanager
def translated() -> Iterator[None]:
    """Anything that is neither the library's nor the network's passes as it is."""
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise failure(error) from error


def failure(error: BaseException) -> TemporaryFailure | PermanentFailure:
    """What an error means to whoever uses the stream."""
    if isinstance(error, TemporaryFailure | PermanentFailure):
        return error
    for kind, code in _PERMANENT.items():
        if isinstance(error, kind):
            return PermanentFailure(code)
    for kind, code in _TEMPORARY.items():
        if isinstance(error, kind):
            return TemporaryFailure(code)
    return TemporaryFailure("stream-away")
