"""What is generated from the event classes: current on disk, complete, and valid by the standards it follows."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from services.campaign.audit import asyncapi, generate
from services.campaign.audit.describe import described
from services.campaign.audit.meanings import EVENTS as MEANINGS
from services.campaign.domain.events import EVENTS
from services.contracts import upcasts
from services.contracts.registry import registry, schema_files
from services.contracts.topics import CAMPAIGN_EVENTS, NOTIFIER_EVENTS, PROGRESS


def test_files_on_disk_are_what_the_event_classes_say() -> None:
    assert generate.differing() == []


def test_a_difference_is_told_and_mended(tmp_path: Path) -> None:
    written = generate.write(tmp_path)
    assert Path("docs/events.md") in written
    (tmp_path / "docs/events.md").write_text("changed by hand", encoding="utf-8")
    assert generate.differing(tmp_path) == [Path("docs/events.md")]
    assert generate.write(tmp_path) == [Path("docs/events.md")]
    assert generate.differing(tmp_path) == []


def test_every_event_has_its_sentence_and_no_sentence_is_left_over() -> None:
    assert set(MEANINGS) == set(EVENTS)


@pytest.mark.parametrize(("name", "text"), schema_files(), ids=lambda value: value if len(value) < 60 else "")
def test_each_schema_is_a_json_schema(name: str, text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_the_registry_knows_each_event_and_what_it_commits_to() -> None:
    types = {(event.type, event.version): event for event in registry()}
    for event in described():
        known = types[event.type, event.version]
        assert set(known.clear) == {field.name for field in event.clear}
        assert {name: field.kind for name, field in known.committed.items()} == {
            field.name: field.kind for field in event.committed
        }


def test_clear_fields_and_committed_ones_never_share_a_name() -> None:
    for event in registry():
        assert not set(event.clear) & set(event.committed)


def test_no_clear_field_can_hold_words_of_people() -> None:
    for event in registry():
        for name, schema in event.clear.items():
            text = schema.get("items", schema)
            assert text["type"] != "string" or "pattern" in text, f"{event.type} {name}"


def test_the_stream_document_names_every_channel_and_event() -> None:
    document = asyncapi.document(described())
    assert {channel["address"] for channel in document["channels"].values()} == {
        CAMPAIGN_EVENTS.name, PROGRESS.name, NOTIFIER_EVENTS.name,
    }  # fmt: skip
    assert set(document["channels"]["campaignEvents"]["messages"]) == set(EVENTS)
    on_disk = yaml.safe_load((generate.ROOT / "services/contracts/asyncapi.yaml").read_text(encoding="utf-8"))
    assert on_disk == document


def test_every_reference_of_the_stream_document_leads_somewhere() -> None:
    document = asyncapi.document(described())
    schemas = {f"schemas/{name}" for name, _ in schema_files()}

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [found for item in value.values() for found in references(item)]
        return [found for item in value for found in references(item)] if isinstance(value, list) else []

    for reference in references(document):
        if reference.startswith("#/"):
            at: object = document
            for step in reference[2:].split("/"):
                assert isinstance(at, dict) and step in at, reference
                at = at[step]
        else:
            assert reference in schemas


def test_upcasts_lead_from_version_to_version() -> None:
    steps = {
        ("claim.stated", 1): lambda data: {**data, "currency": "CNY"},
        ("claim.stated", 2): lambda data: {**data, "amount": f"{data['amount']}.00"},
    }
    assert upcasts.upcast("claim.stated", 1, {"amount": "5"}, 3, steps) == {"amount": "5.00", "currency": "CNY"}
    with pytest.raises(upcasts.NoUpcast):
        upcasts.upcast("claim.stated", 1, {"amount": "5"}, 4, steps)


def test_every_old_version_has_its_upcast() -> None:
    for event in described():
        for version in range(1, event.version):
            assert (event.type, version) in upcasts.UPCASTS
