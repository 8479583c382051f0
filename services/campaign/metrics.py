"""What campaign counts and measures; every name, once."""

from __future__ import annotations

from services.kit.metrics import Metric

GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

CAMPAIGN = (
    Metric("chorus_commit_seconds", "spread", "Time to write one group of requests durably."),
    Metric("chorus_commit_requests", "spread", "Requests in one group.", buckets=GROUPS),
    Metric("chorus_commit_queue", "level", "Requests that wait to be written."),
    Metric("chorus_log_head", "level", "Position of the last event of the log."),
    Metric("chorus_views_lag", "level", "Events that the read models do not show yet."),
    Metric("chorus_hand_overs_waiting", "level", "Mails that wait to be handed to notifier."),
)
