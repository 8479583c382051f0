"""What a file really is: its name, its declared type, its first bytes and a real parser must say the same."""

import re
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath
from typing import Final

import puremagic

from services.campaign.domain.base import DomainError

TYPES: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
}
SAME: Final = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}
UNDECLARED: Final = ("", "application/octet-stream")
PARSER: Final = Path(__file__).with_name("file_parsing.py")
PARSING_SECONDS: Final = 20
PARSERS_AT_ONCE: Final = 4
VERDICTS: Final = ("picture-too-large", "file-encrypted", "file-unreadable")
_MARKUP: Final = re.compile(r"\s*(?:<[!?a-z]|%pdf-|\{\\rtf)", re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class FileSniffer:
    """Implements `application.ports.FileInspector`; parsers run in child processes, a few at a time."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(PARSERS_AT_ONCE)

    def inspect(self, content: bytes, file_name: str, declared_type: str) -> str:
        """Never trusts the name: it only has to agree."""
        if not content:
            raise DomainError("file-empty")
        named = TYPES.get(PurePosixPath(file_name.replace("\\", "/")).suffix.lower())
        if named is None:
            raise DomainError("file-type-unsupported", allowed=sorted(TYPES))
        declared = declared_type.partition(";")[0].strip().lower()
        if declared not in UNDECLARED and SAME.get(declared, declared) != named:
            raise DomainError("file-type-mismatch", named=named, declared=declared)
        if not (_is_plain_text(content) if named == "text/plain" else _looks_like(content, named)):
            raise DomainError("file-type-mismatch", named=named)
        if named != "text/plain":
            self._parse(content, named)
        return named

    def _parse(self, content: bytes, media_type: str) -> None:
        """A parser that crashes, hangs or asks for too much takes nobody with it."""
        with self._free:
            try:
                child = subprocess.run(  # noqa: S603  our own script, fixed arguments, the file comes as input
                    [sys.executable, "-I", str(PARSER), media_type],
                    input=content, capture_output=True, timeout=PARSING_SECONDS, env={}, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                raise DomainError("file-unreadable") from None
        verdict = child.stdout.decode("ascii", "replace")
        if child.returncode != 0 or verdict != "ok":
            raise DomainError(verdict if verdict in VERDICTS else "file-unreadable")


def _looks_like(content: bytes, media_type: str) -> bool:
    if media_type == "application/pdf":
        return content.startswith(b"%PDF-")
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return False
    return any(match.mime_type == media_type for match in found)


def _is_plain_text(content: bytes) -> bool:
    """Strict UTF-8 without control characters, and no markup or document that only calls itself text."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(text) and not _MARKUP.match(text.removeprefix("\ufeff"))
