"""What gateway counts and measures beside its requests; every name, once."""

from __future__ import annotations

from services.kit.metrics import Metric

GATEWAY = (Metric("chorus_live_streams", "level", "Live streams that are open in this process."),)
