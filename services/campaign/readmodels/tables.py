"""Tables of campaign's read models: ids as text, instants as RFC 3339 text in UTC, positions of the global order."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text

metadata = MetaData()
WIDE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite's integers are wide by themselves."""


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, WIDE, nullable=null)


position = Table(
    "position", metadata,
    Column("only", WIDE, primary_key=True, autoincrement=False), _number("position"),
)  # fmt: skip

campaigns = Table(
    "campaigns", metadata,
    _text("campaign", key=True), _number("version"), _text("state"), _text("jurisdiction"), _text("timezone"),
    _text("problem"), _text("provider_kind"), _text("locale"), _number("demand_version"), _text("demand_kinds"),
    _text("step", null=True), _text("drafted_event"), _text("demands_event"), _number("position"),
)  # fmt: skip

words = Table(
    "words", metadata,
    _text("event", key=True), _text("campaign"), _number("position"), _text("type"), _text("subject", null=True),
    _text("time"),
)  # fmt: skip
Index("words_of_campaign", words.c.campaign, words.c.type, words.c.position)

staff = Table(
    "staff", metadata,
    _text("actor", key=True), _text("campaign"), _text("role"), _text("state"), _text("expires_on", null=True),
    _text("locale"), _number("invited"), _number("named", null=True),
)  # fmt: skip
Index("staff_of_campaign", staff.c.campaign)

members = Table(
    "members", metadata,
    _text("subject", key=True), _text("campaign"), _text("state"), _text("before", null=True), _text("erasure"),
    _text("locale"), _text("joined_on"), _number("joined"), _number("address"), _number("demand_version", null=True),
    _number("claim", null=True), _text("problem", null=True), _text("remedy", null=True), _text("amount", null=True),
    _text("currency", null=True), _number("rating", null=True), Column("satisfied", Boolean, nullable=True),
)  # fmt: skip
Index("members_by_joining", members.c.campaign, members.c.joined)
Index("members_by_state", members.c.campaign, members.c.state)
_TO_ERASE = members.c.erasure == "requested"
Index("members_to_erase", members.c.joined, sqlite_where=_TO_ERASE, postgresql_where=_TO_ERASE)

consents = Table(
    "consents", metadata,
    Column("position", WIDE, primary_key=True, autoincrement=False),
    _text("campaign"), _text("subject"), _text("to"), _number("demand_version", null=True), _text("step", null=True),
)  # fmt: skip
Index("consents_of_member", consents.c.subject, consents.c.step)

safety = Table(
    "safety", metadata,
    Column("position", WIDE, primary_key=True, autoincrement=False), _text("subject"), _text("steps"),
)  # fmt: skip
Index("safety_of_member", safety.c.subject)

evidence = Table(
    "evidence", metadata,
    _text("evidence", key=True), _text("campaign"), _text("subject"), _text("kind"), _text("state"),
    _number("submitted"), _number("review", null=True), _number("redaction", null=True),
)  # fmt: skip
Index("evidence_of_campaign", evidence.c.campaign, evidence.c.submitted)
Index("evidence_of_member", evidence.c.subject)

contacts = Table(
    "contacts", metadata,
    _text("contact", key=True), _text("campaign"), _text("subject", null=True), _text("logger"), _text("step"),
    _text("channel"), _text("time"), _number("logged"),
)  # fmt: skip
Index("contacts_of_campaign", contacts.c.campaign, contacts.c.subject)

promises = Table(
    "promises", metadata,
    _text("promise", key=True), Column("contact", Text, ForeignKey(contacts.c.contact), nullable=False),
    _text("campaign"), _text("logger"), _text("step"), _text("until"), _text("state"), _number("recorded"),
)  # fmt: skip
Index("promises_of_contact", promises.c.contact)
Index("promises_of_logger", promises.c.campaign, promises.c.logger, promises.c.step)

filings = Table(
    "filings", metadata,
    _text("filing", key=True), _text("campaign"), _text("subject", null=True), _text("actor", null=True),
    _text("step"), _text("state"), _number("version"), _text("prepared_event"), _number("prepared"),
    _number("submitted", null=True), _text("submitted_event", null=True), _text("filed_on", null=True),
    _text("warnings"), Column("override", Boolean, nullable=False), Column("lapsed", Boolean, nullable=False),
    _number("receipt", null=True), _text("received_on", null=True), _text("deadline", null=True),
    _number("response", null=True), _text("response_event", null=True), _text("verdict", null=True),
    _text("responded_on", null=True),
)  # fmt: skip
Index("filings_of_campaign", filings.c.campaign, filings.c.subject, filings.c.prepared)

materials = Table(
    "materials", metadata,
    _text("request", key=True), Column("filing", Text, ForeignKey(filings.c.filing), nullable=False),
    _text("campaign"), _text("member", null=True), _text("until", null=True), _number("asked"),
)  # fmt: skip
Index("materials_of_filing", materials.c.filing)

given = Table(
    "given", metadata,
    Column("position", WIDE, primary_key=True, autoincrement=False), _text("request"), _text("evidence"),
)  # fmt: skip
Index("given_of_request", given.c.request)

ballots = Table(
    "ballots", metadata,
    _text("ballot", key=True), _text("campaign"), _text("event"), _number("opened"), _number("options"),
    _text("until"), _text("state"),
)  # fmt: skip
Index("ballots_of_campaign", ballots.c.campaign, ballots.c.opened)

counts = Table(
    "counts", metadata,
    _text("ballot", key=True), Column("option", WIDE, primary_key=True, autoincrement=False), _number("votes"),
)  # fmt: skip

due = Table(
    "due", metadata,
    _text("kind", key=True), _text("thing", key=True), _text("campaign"), _text("stream"), _text("at"), _text("day"),
)  # fmt: skip
Index("due_by_time", due.c.at)
