"""Kafka's clients as this house wants them; a client that cannot begin says why and leaves nothing open."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream import kafka_library as library
from services.kit.stream.kafka_failures import failure, translated
from services.kit.stream.kafka_settings import KafkaSettings

ANSWER_SECONDS: Final = 5.0
"""How long one request to a broker may take."""
PUBLISH_SECONDS: Final = 10.0
"""How long a slice may take to be published."""
_CUT_OFF_OFTEN: Final = 3


def consumer(settings: KafkaSettings, client_id: str, wait_ms: int) -> Any:
    """Reads what is committed, from where it is told to; no group, nothing committed to the broker."""
    return _begun(
        library.KafkaConsumer,
        settings,
        client_id=client_id,
        allow_auto_create_topics=False,
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
    return _begun(
        library.KafkaProducer,
        settings,
        client_id=client_id,
        allow_auto_create_topics=False,
        transactional_id=transactional_id,
        transaction_timeout_ms=int(PUBLISH_SECONDS * 2000),
        retry_backoff_ms=20,
        acks="all",
        batch_size=256 * 1024,
        delivery_timeout_ms=int(PUBLISH_SECONDS * 1000),
        max_block_ms=int(ANSWER_SECONDS * 1000),
        metrics_enabled=False,
    )


def admin(settings: KafkaSettings, client_id: str) -> Any:
    return _begun(library.KafkaAdminClient, settings, client_id=client_id)


def _begun(make: Callable[..., Any], settings: KafkaSettings, **more: Any) -> Any:
    """Raises TemporaryFailure when no broker answers, PermanentFailure when it is not to be trusted or refuses us."""
    secured = _secured(settings)
    _somebody_answers(settings, secured.get("ssl_context"))
    ways: list[_Way] = []

    def way(**config: Any) -> Any:
        ways.append(_Way(**config))
        return ways[-1].client

    try:
        with translated():
            return make(
                bootstrap_servers=list(settings.servers),
                kafka_client=way,
                proxy_url="direct://",
                request_timeout_ms=int(ANSWER_SECONDS * 1000),
                bootstrap_timeout_ms=int(ANSWER_SECONDS * 1000),
                reconnect_backoff_max_ms=1000,
                **secured,
                **more,
            )
    except BaseException as error:
        for one in ways:
            one.client.close()
        if isinstance(error, TemporaryFailure) and any(one.refused for one in ways):
            raise PermanentFailure("stream-refuses-us") from None
        raise


class _Way(library.KafkaConnectionManager):  # type: ignore[misc]
    """Connections that remember a refusal: the library tries on while it may, then says only that it took too long.

    Over TLS the broker's word that a password is wrong can be lost with the connection it closes; a connection that is
    lost again and again while signing in counts as one.
    """

    def __init__(self, **config: Any) -> None:
        net = library.NetworkSelector(**config)
        super().__init__(net, **config)
        self.client = library.KafkaNetClient(net=net, manager=self, **config)
        self._signs_in = config.get("sasl_mechanism") is not None
        self._told, self._cut_off = False, 0

    @property
    def refused(self) -> bool:
        return self._told or self._cut_off >= _CUT_OFF_OFTEN

    def get_connection(self, *args: Any, **more: Any) -> Any:
        connection = super().get_connection(*args, **more)
        connection.init_future.add_errback(partial(self._look, connection))
        return connection

    def _look(self, connection: Any, error: Exception) -> None:
        self._told |= isinstance(failure(error), PermanentFailure)
        self._cut_off += self._signs_in and connection.broker_version_data is not None


class _Direct(library.KafkaNetSocket):  # type: ignore[misc]
    """No proxy, and a socket that could not connect is closed at once; the library leaves it lying about."""

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: socket.socket, *args: Any, **more: Any) -> Any:
        try:
            return await super().sock_connect(net, sock, *args, **more)
        except BaseException:
            sock.close()
            raise


def _secured(settings: KafkaSettings) -> dict[str, Any]:
    secured: dict[str, Any] = {"security_protocol": settings.security.upper()}
    if settings.security.endswith("ssl"):
        secured["ssl_context"] = _tls(settings)
    if settings.security.startswith("sasl"):
        secured |= {
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.user,
            "sasl_plain_password": str(settings.password),
        }
    return secured


def _tls(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if settings.ca is None else str(settings.ca))
        if settings.certificate is not None and settings.key is not None:
            context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise PermanentFailure("stream-certificates-unreadable") from error
    return context


def _somebody_answers(settings: KafkaSettings, tls: ssl.SSLContext | None) -> None:
    """Asked before the library is, which would try in vain until its time is over and could not tell why.

    A broker that hangs up in the middle is coming or going; it is not one that cannot be trusted.
    """
    for server in settings.servers:
        host, _, port = server.rpartition(":")
        host = host.strip("[]")
        try:
            with socket.create_connection((host, int(port)), ANSWER_SECONDS) as way:
                if tls is not None:
                    tls.wrap_socket(way, server_hostname=host).close()
            return
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            continue
        except ssl.SSLError as error:
            raise PermanentFailure("stream-not-trusted") from error
        except OSError:
            continue
    raise TemporaryFailure("stream-away")
