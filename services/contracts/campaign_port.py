"""The doors of campaign as its callers see them: a command, a query, a file; loopback or HTTP behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from services.contracts.commands_v1 import Caller, Request

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way to a reader; `chunks` are plain bytes."""

    file_name: str
    media_type: str
    size: int
    chunks: Iterator[bytes]


class CampaignPort(Protocol):
    """Raises `Refused(code, facts)` for every refusal, `TemporaryFailure` when campaign cannot answer now."""

    def execute(self, request: Request, body: BinaryIO | None = None) -> Json:
        """One command; `body` for those that carry a file. Answers the command's answer."""
        ...

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        """One query by its name (`services/contracts/queries_v1.py`)."""
        ...

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        """A piece of evidence, decrypted, to whoever may see it."""
        ...

    def export(self, campaign: str, published: Json | None = None) -> Iterator[bytes]:
        """The public history as a ZIP, streamed; `published` is the progress document as the public sees it now."""
        ...
