"""What was ever written can still be read: golden payloads through the mapper, the strict reader and the schemas."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from referencing import Registry as Schemas
from referencing import Resource

from services.campaign.audit.describe import described
from services.campaign.domain.base import Erased
from services.campaign.domain.events import EVENTS
from services.campaign.vault.encoder import StoredLeaf, encode
from services.campaign.vault.leaf import LeafMapper
from services.contracts import leaf_v1
from services.contracts.registry import registry, schema_files
from tests.contracts.golden_payloads import FOLDER, as_golden, entropy, leaf_bytes, sample

GOLDEN = sorted(FOLDER.glob("*.json"))
DESCRIBED = {event.file_name: event for event in described()}
SCHEMAS: Schemas[Any] = Schemas().with_resources(
    (name, Resource.from_contents(json.loads(text))) for name, text in schema_files()
)


def read(path: Path) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return golden


def stored(golden: dict[str, Any]) -> StoredLeaf:
    leaf = leaf_v1.parse(leaf_bytes(golden))
    personal, text = (None if golden[kind] is None else tuple(golden[kind]) for kind in ("personal", "text"))
    stream, event, campaign = UUID(leaf.stream), UUID(leaf.id), UUID(leaf.campaign)
    return StoredLeaf(stream, leaf.n, leaf.type, leaf_bytes(golden), event, campaign, None, personal, text)


def test_every_event_type_has_its_golden_payload() -> None:
    assert {path.name for path in GOLDEN} >= set(DESCRIBED)
    assert len(DESCRIBED) == len(EVENTS)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_payload_still_decodes(path: Path) -> None:
    golden = read(path)
    event = LeafMapper(EVENTS).to_domain_event(stored(golden))
    assert vars(event) == vars(sample(DESCRIBED[path.name]))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_codec_still_writes_the_same_bytes(path: Path) -> None:
    again = as_golden(encode(sample(DESCRIBED[path.name]), entropy()))
    assert json.loads(json.dumps(again)) == read(path)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_payload_fits_its_schema_in_both_readings(path: Path) -> None:
    golden = read(path)
    leaf = leaf_v1.parse(leaf_bytes(golden))
    registry().check(leaf)
    schema = json.loads(dict(schema_files())[path.name])
    jsonschema.Draft202012Validator(schema, registry=SCHEMAS).validate(golden["leaf"])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_both_readings_refuse_an_unknown_clear_field(path: Path) -> None:
    golden = read(path)
    golden["leaf"]["data"]["name"] = "zhao"
    schema = json.loads(dict(schema_files())[path.name])
    assert not jsonschema.Draft202012Validator(schema, registry=SCHEMAS).is_valid(golden["leaf"])
    with pytest.raises(leaf_v1.BadLeaf) as refused:
        registry().check(leaf_v1.parse(leaf_bytes(golden)))
    assert (refused.value.code, refused.value.where) == ("unknown-field", "data.name")


def test_erased_fields_load_as_erased() -> None:
    golden = read(FOLDER / "membership.claim_stated.v1.json")
    golden["personal"] = None
    event = LeafMapper(EVENTS).to_domain_event(stored(golden))
    assert event.happened is Erased  # type: ignore[attr-defined]
    assert event.problem == "sample"  # type: ignore[attr-defined]
