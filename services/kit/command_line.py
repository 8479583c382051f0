"""What commands of an operator have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import BadSetting


@contextmanager
def told() -> Iterator[None]:
    """What stands in the way, in one line."""
    try:
        yield
    except (BadSetting, PermanentFailure, TemporaryFailure) as failure:
        raise click.ClickException(str(failure)) from None
