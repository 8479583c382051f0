"""Each rule of the offline check: a sound export passes, a forger who makes all digests right is still found."""

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.campaign.audit.findings import Unusable
from services.campaign.audit.verify import verify
from tests.support.exports import Auditor, canonical, exported, forged, packed, parts_of
from tests.support.history import History, whole_campaign

SOUND = exported(whole_campaign())
PARTS = parts_of(SOUND)
LEAVES = [json.loads(line) for line in PARTS["leaves.jsonl"].splitlines()]
CONTENT = [json.loads(line) for line in PARTS["content.jsonl"].splitlines()]
Objects = list[dict[str, Any]]


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    return Auditor(tmp_path)


def with_leaves(change: Callable[[Objects], None], **manifest: Any) -> bytes:
    leaves = json.loads(json.dumps(LEAVES))
    change(leaves)
    return forged({**PARTS, "leaves.jsonl": lines(leaves)}, **manifest)


def with_content(change: Callable[[Objects], None]) -> bytes:
    content = json.loads(json.dumps(CONTENT))
    change(content)
    return forged({**PARTS, "content.jsonl": lines(content)})


def lines(objects: Objects) -> bytes:
    return b"".join(canonical(one) + b"\n" for one in objects)


def at(leaves: Objects, event_type: str) -> int:
    return next(index for index, leaf in enumerate(leaves) if leaf["type"] == event_type)


def setting(event_type: str, **values: Any) -> Callable[[Objects], None]:
    def change(leaves: Objects) -> None:
        leaves[at(leaves, event_type)].update(values)

    return change


def data(event_type: str, **values: Any) -> Callable[[Objects], None]:
    def change(leaves: Objects) -> None:
        leaves[at(leaves, event_type)]["data"].update(values)

    return change


def disclosure(name: str, value: Any, salt: str = "s" * 43) -> str:
    raw = json.dumps([salt, name, value], ensure_ascii=False, separators=(",", ":")).encode()
    return base64url(raw)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_sound_export_passes(auditor: Auditor) -> None:
    assert auditor.report(SOUND) == {
        "verify": "ok", "campaign": LEAVES[0]["campaign"], "size": 38, "members": 4, "erased": 1,
        "numbers": {"origin": "recomputed", "size": 38}, "count": 0, "findings": [],
    }  # fmt: skip
    assert auditor.codes(forged(PARTS)) == []


def test_published_numbers_may_be_of_an_earlier_moment_but_must_be_right(auditor: Auditor) -> None:
    history = whole_campaign()
    early = History()
    early.rows, early.id = history.rows[:20], history.id
    document = early.document()
    assert auditor.codes(exported(history, document)) == []
    assert auditor.codes(exported(history, {**document, "members_confirmed": 4})) == ["number-differs"]


def test_numbers_that_an_auditor_saved_elsewhere_are_compared_at_their_own_moment(tmp_path: Path) -> None:
    history = whole_campaign()
    export, saved = tmp_path / "export.zip", tmp_path / "numbers.json"
    export.write_bytes(SOUND)
    early = History()
    early.rows, early.id = history.rows[:20], history.id
    for document, codes in (
        (early.document(), []),
        ({**early.document(), "members_confirmed": 300}, ["number-differs"]),
        ({**early.document(), "size": 99}, ["numbers-of-another-size"]),
    ):
        saved.write_bytes(canonical(document))
        assert [(finding.code, finding.part) for finding in verify(export, saved).findings] == [
            (code, "numbers.json") for code in codes
        ]
    for junk in (b"", b"[]", b"{}", b'{"size":"9"}', b'{"size":1,"x":"\\ud800"}'):
        saved.write_bytes(junk)
        with pytest.raises(Unusable):
            verify(export, saved)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (setting("ballot.opened", id=LEAVES[3]["id"]), "id-twice"),
        (setting("filing.receipt_recorded", n=4), "gap-in-stream"),
        (setting("filing.deadline_lapsed", time="2026-03-01T00:00:00Z"), "time-went-back"),
        (setting("filing.submitted", type="filing.closed"), "unknown-field"),
        (setting("membership.joined", subject="0" * 8), "wrong-id"),
        (setting("membership.joined", time="2026-03-02T01:20:00Z"), "time-not-cut"),
        (setting("filing.deadline_lapsed", subject=LEAVES[3]["subject"]), "subject-changed"),
        (data("membership.joined", name="zhao"), "unknown-field"),
        (data("membership.claim_stated", amount="1e9"), "wrong-field"),
        (data("membership.claim_stated", amount="328.51"), "number-differs"),
        (data("campaign.outcome_recorded", paid={"CNY": "9.00"}), "number-differs"),
        (data("campaign.content_removed", event=LEAVES[2]["id"]), "removal-of-nothing"),
        (data("campaign.content_removed", event=LEAVES[0]["id"]), "words-not-removed"),
        (lambda leaves: leaves.pop(5), "gap-in-stream"),
        (lambda leaves: leaves.insert(5, leaves.pop(6)), "gap-in-stream"),
        (lambda leaves: leaves.insert(5, leaves[4]), "id-twice"),
        (lambda leaves: leaves.pop(), "wrong-size"),
        (lambda leaves: leaves.pop(0), "wrong-beginning"),
        (setting("campaign.drafted", campaign=LEAVES[3]["id"], stream=LEAVES[3]["id"]), "leaf-of-another-campaign"),
        (setting("ballot.opened", stream=LEAVES[0]["campaign"]), "stream-of-two-kinds"),
    ],
)
def test_a_forged_log_is_found(auditor: Auditor, change: Callable[[Objects], None], code: str) -> None:
    assert code in auditor.codes(with_leaves(change))


def test_a_log_cut_short_with_numbers_and_manifest_made_right_differs_only_in_its_size(auditor: Auditor) -> None:
    """What no offline check can see without a signed head: the end of the log is missing as a whole."""
    history = whole_campaign()
    history.rows = history.rows[:31]
    assert auditor.codes(exported(history)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda content: content.pop(0), "words-missing"),
        (lambda content: content.reverse(), "words-missing"),
        (lambda content: content.append(content[0]), "content-without-event"),
        (lambda content: content.insert(1, content[0]), "content-out-of-order"),
        (lambda content: content[0]["disclosures"].pop(), "disclosure-missing"),
        (lambda content: content[0]["disclosures"].append(content[1]["disclosures"][0]), "disclosure-not-committed"),
        (lambda content: content[0]["disclosures"].append(content[0]["disclosures"][0]), "disclosure-unknown"),
        (lambda content: content[0]["disclosures"].append("!"), "disclosure-malformed"),
        (lambda content: content[0]["disclosures"].append(disclosure("title", "别的")), "disclosure-not-committed"),
        (lambda content: content[0].update(event=7), "content-malformed"),
        (lambda content: content[0].update(extra=7), "content-malformed"),
    ],
)
def test_forged_words_are_found(auditor: Auditor, change: Callable[[Objects], None], code: str) -> None:
    assert code in auditor.codes(with_content(change))


def test_a_personal_field_among_the_public_words_is_found(auditor: Auditor) -> None:
    personal = disclosure("organizer_email", "li.wei@example.org")
    digests = [base64url(sha256(text.encode()).digest()) for text in (personal, "decoy-1", "decoy-2", "decoy-3")]
    leaves, content = json.loads(json.dumps(LEAVES)), json.loads(json.dumps(CONTENT))
    leaves[0]["_sd"] = sorted([*leaves[0]["_sd"], *digests])
    content[0]["disclosures"].append(personal)
    forgery = forged({**PARTS, "leaves.jsonl": lines(leaves), "content.jsonl": lines(content)})
    assert auditor.codes(forgery) == ["disclosure-personal"]


def test_erasure_keeps_its_order_and_nobody_acts_after_it(auditor: Auditor) -> None:
    def swap(leaves: Objects) -> None:
        erased = at(leaves, "membership.subject_erased")
        leaves[erased]["type"], leaves[erased + 1]["type"] = leaves[erased + 1]["type"], leaves[erased]["type"]
        leaves[erased]["data"], leaves[erased + 1]["data"] = leaves[erased + 1]["data"], leaves[erased]["data"]

    assert "erasure-out-of-order" in auditor.codes(with_leaves(swap))
    history = History()
    history.launch()
    member = history.member()
    history.erase(member)
    history.filing(member=member)
    assert auditor.codes(exported(history)) == ["act-after-erasure"] * 2


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_changed_part_is_found_by_its_digest(auditor: Auditor, part: str) -> None:
    if part == "manifest.json":
        expected = ["unusable: manifest-unreadable"]
        assert auditor.codes(packed({**PARTS, part: PARTS[part] + b" "})) == expected
    else:
        assert "part-altered" in auditor.codes(packed({**PARTS, part: PARTS[part][:-1] + b" \n"}))


def test_parts_that_are_missing_or_too_many(auditor: Auditor) -> None:
    without = {name: part for name, part in PARTS.items() if name != "leaves.jsonl"}
    assert auditor.codes(packed(without)) == ["unusable: part-missing"]
    assert auditor.codes(packed({**PARTS, "evil.sh": b"rm"})) == ["unusable: part-unknown"]
    assert auditor.codes(packed({**PARTS, "../leaves.jsonl": b""})) == ["unusable: part-unknown"]
    extra = packed({**PARTS, "schemas/extra.v1.json": b"{}"})
    assert auditor.codes(extra) == ["part-not-listed"]
    fewer = {name: part for name, part in PARTS.items() if name != "README.txt"}
    assert auditor.codes(packed(fewer)) == ["part-missing"]
    assert auditor.codes(forged({**PARTS, "schemas/vote.cast.v1.json": b"{}"})) == ["schema-differs"]
