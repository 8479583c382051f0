"""What is used of Kafka's library, imported in one place: it warns of its own old ways when it is loaded."""

from __future__ import annotations

import logging
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition, errors
    from kafka.admin import ConfigResource
    from kafka.net.compat import KafkaNetClient
    from kafka.net.inet import KafkaNetSocket
    from kafka.net.manager import KafkaConnectionManager
    from kafka.net.selector import NetworkSelector

__all__ = [
    "ConfigResource",
    "KafkaAdminClient",
    "KafkaConnectionManager",
    "KafkaConsumer",
    "KafkaNetClient",
    "KafkaNetSocket",
    "KafkaProducer",
    "NetworkSelector",
    "TopicPartition",
    "errors",
]

logging.getLogger("kafka").setLevel(logging.CRITICAL)
"""It tells of each lost connection several times over; what matters comes back as a failure."""
