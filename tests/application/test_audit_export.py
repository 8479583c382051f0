"""The public export: the same bytes each time, nothing personal in it, removed words gone, digests that fit."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.campaign.audit.export import NoSuchCampaign, export_zip
from services.contracts.registry import schema_files
from tests.support.exports import Auditor, exported, parts_of
from tests.support.history import History, Row, whole_campaign


def test_the_same_history_gives_the_same_bytes_however_it_is_read() -> None:
    history = whole_campaign()
    whole = exported(history)
    assert b"".join(export_zip(history, history.id, step=3)) == whole
    assert exported(whole_campaign()) == whole


def test_its_parts_and_their_digests() -> None:
    history = whole_campaign()
    parts = parts_of(exported(history))
    manifest = json.loads(parts["manifest.json"])
    assert (manifest["format"], manifest["campaign"], manifest["size"]) == (
        "chorus-export/1", str(history.id), len(history.rows),
    )  # fmt: skip
    assert manifest["parts"] == {
        name: {"bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()}
        for name, part in parts.items()
        if name != "manifest.json"
    }
    assert parts["leaves.jsonl"].splitlines() == history.raw()
    assert {name for name in parts if name.startswith("schemas/")} == {f"schemas/{name}" for name, _ in schema_files()}
    assert str(history.id) in parts["README.txt"].decode()


def test_the_numbers_are_those_that_were_published_where_they_are_known() -> None:
    history = whole_campaign()
    published = {**history.document(), "members_confirmed": 1000}
    numbers = json.loads(parts_of(exported(history, published))["progress.json"])
    assert numbers == {"document": published, "origin": "published"}
    counted = json.loads(parts_of(exported(history))["progress.json"])
    assert counted == {"document": history.document(), "origin": "recomputed"}


def test_nothing_personal_is_in_it() -> None:
    everything = b"".join(parts_of(exported(whole_campaign())).values())
    opened = b"".join(
        base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))
        for line in parts_of(exported(whole_campaign()))["content.jsonl"].splitlines()
        for disclosure in json.loads(line)["disclosures"]
    )
    for secret in ("王强", "example.org", "li.wei", "小周", "8047", "QH-1", "账单"):
        assert secret.encode() not in everything
        assert secret.encode() not in opened
    assert "青禾钱包".encode() in opened


def test_removed_words_are_in_no_part() -> None:
    history = whole_campaign()
    update = next(leaf["id"] for leaf in history.objects() if leaf["type"] == "campaign.update_published")
    assert update not in parts_of(exported(history))["content.jsonl"].decode()


def test_words_removed_while_it_is_made_bring_their_removal_along(tmp_path: Path) -> None:
    class Busy(History):
        """Someone removes words between the reading of a leaf and the reading of its words."""

        removed = False

        def disclosures(self, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
            if not self.removed:
                self.removed = True
                first = UUID(self.objects()[0]["id"])
                campaign.remove_content(self.act("operator", self.new_id()), first, "mistake")
                self.record(campaign)
            return super().disclosures(event_ids)

    history = Busy()
    campaign = history.launch()
    archive = exported(history)
    assert json.loads(parts_of(archive)["manifest.json"])["size"] == 3
    assert Auditor(tmp_path).codes(archive) == []


def test_words_removed_after_they_were_read_are_left_out_again(tmp_path: Path) -> None:
    class Busy(History):
        """Someone removes words just before the last leaves are read."""

        def leaves(self, campaign: UUID, start: int, limit: int) -> Sequence[Row]:
            if start == 1:
                first = UUID(self.objects()[0]["id"])
                story.remove_content(self.act("operator", self.new_id()), first, "mistake")
                story.remove_content(self.act("operator", self.new_id()), UUID(self.objects()[1]["id"]), "mistake")
                self.record(story)
            return super().leaves(campaign, start, limit)

    history = Busy()
    story = history.launch()
    archive = b"".join(export_zip(history, history.id, step=1))
    assert parts_of(archive)["content.jsonl"] == b""
    assert Auditor(tmp_path).codes(archive) == []


def test_memory_does_not_hold_the_whole_log_before_the_first_chunk() -> None:
    history = whole_campaign()
    chunks = list(export_zip(history, history.id, step=5))
    assert len(chunks) > 5


def test_a_campaign_that_is_not_there_is_refused_before_the_first_chunk() -> None:
    with pytest.raises(NoSuchCampaign):
        export_zip(whole_campaign(), uuid4())
