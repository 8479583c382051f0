"""Where evidence is kept, by settings: a folder of this machine, or a bucket of an S3-compatible store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from services.campaign.adapters.evidence_folder import EvidenceFolder
from services.campaign.application.evidence_store import EvidenceStore
from services.kit.settings import BadSetting


@dataclass(frozen=True, slots=True)
class S3Access:
    """How to reach a store: no endpoint is Amazon's own, no key is whatever this machine may do there."""

    endpoint: str | None = None
    region: str | None = None
    key_id: str | None = None
    secret: str | None = field(default=None, repr=False)


def evidence_store(place: str | None, folder: Path | None, access: S3Access | None = None) -> EvidenceStore:
    """`place` is `s3://bucket` or `s3://bucket/prefix`; without one, `folder` it is. Asks nothing of a store yet.

    Raises BadSetting.
    """
    if place is None:
        if folder is None:
            raise BadSetting("CHORUS_EVIDENCE is missing")
        return EvidenceFolder(folder)
    if not place.startswith("s3://"):
        raise BadSetting("CHORUS_EVIDENCE is not an address such as s3://bucket")
    try:
        from services.campaign.adapters.evidence_s3 import S3Evidence
    except ModuleNotFoundError:
        raise BadSetting("CHORUS_EVIDENCE names a bucket, which needs the extra: chorus[s3]") from None
    return S3Evidence(place, access or S3Access())
