"""Exports for tests: made from a history, taken apart, changed, and put together again."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from services.campaign.audit.export import export_zip
from services.campaign.audit.findings import Unusable
from services.campaign.audit.verify import verify
from tests.support.history import History


def exported(history: History, published: dict[str, Any] | None = None) -> bytes:
    return b"".join(export_zip(history, history.id, published))


def parts_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def forged(parts: dict[str, bytes], **manifest: Any) -> bytes:
    """Put together by a forger who also makes the digests right."""
    stated = json.loads(parts["manifest.json"])
    others = {name: content for name, content in parts.items() if name != "manifest.json"}
    stated["parts"] = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in others.items()
    }
    return packed({**others, "manifest.json": canonical({**stated, **manifest})})


class Auditor:
    """Keeps exports in a folder and tells what the check says of them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "export.zip"

    def codes(self, archive: bytes) -> list[str]:
        """Codes of all findings in order, `unusable: <code>` alone where there is no answer."""
        self._path.write_bytes(archive)
        try:
            return [finding.code for finding in verify(self._path).findings]
        except Unusable as error:
            return [f"unusable: {error.code}"]

    def report(self, archive: bytes) -> dict[str, Any]:
        self._path.write_bytes(archive)
        return verify(self._path).as_json()
