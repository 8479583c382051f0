"""The first schema of the read models."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ballots",
        sa.Column("ballot", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("opened", WIDE, nullable=False),
        sa.Column("options", WIDE, nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ballot"),
    )
    op.create_index("ballots_of_campaign", "ballots", ["campaign", "opened"], unique=False)
    op.create_table(
        "campaigns",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("version", WIDE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("provider_kind", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("demand_version", WIDE, nullable=False),
        sa.Column("demand_kinds", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("drafted_event", sa.Text(), nullable=False),
        sa.Column("demands_event", sa.Text(), nullable=False),
        sa.Column("position", WIDE, nullable=False),
        sa.PrimaryKeyConstraint("campaign"),
    )
    op.create_table(
        "consents",
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("demand_version", WIDE, nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("consents_of_member", "consents", ["subject", "step"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("logger", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("logged", WIDE, nullable=False),
        sa.PrimaryKeyConstraint("contact"),
    )
    op.create_index("contacts_of_campaign", "contacts", ["campaign", "subject"], unique=False)
    op.create_table(
        "counts",
        sa.Column("ballot", sa.Text(), nullable=False),
        sa.Column("option", WIDE, autoincrement=False, nullable=False),
        sa.Column("votes", WIDE, nullable=False),
        sa.PrimaryKeyConstraint("ballot", "option"),
    )
    op.create_table(
        "due",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "thing"),
    )
    op.create_index("due_by_time", "due", ["at"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted", WIDE, nullable=False),
        sa.Column("review", WIDE, nullable=True),
        sa.Column("redaction", WIDE, nullable=True),
        sa.PrimaryKeyConstraint("evidence"),
    )
    op.create_index("evidence_of_campaign", "evidence", ["campaign", "submitted"], unique=False)
    op.create_index("evidence_of_member", "evidence", ["subject"], unique=False)
    op.create_table(
        "filings",
        sa.Column("filing", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", WIDE, nullable=False),
        sa.Column("prepared_event", sa.Text(), nullable=False),
        sa.Column("prepared", WIDE, nullable=False),
        sa.Column("submitted", WIDE, nullable=True),
        sa.Column("submitted_event", sa.Text(), nullable=True),
        sa.Column("filed_on", sa.Text(), nullable=True),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("override", sa.Boolean(), nullable=False),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.Column("receipt", WIDE, nullable=True),
        sa.Column("received_on", sa.Text(), nullable=True),
        sa.Column("deadline", sa.Text(), nullable=True),
        sa.Column("response", WIDE, nullable=True),
        sa.Column("response_event", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("responded_on", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("filing"),
    )
    op.create_index("filings_of_campaign", "filings", ["campaign", "subject", "prepared"], unique=False)
    op.create_table(
        "given",
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("given_of_request", "given", ["request"], unique=False)
    op.create_table(
        "members",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("erasure", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("joined_on", sa.Text(), nullable=False),
        sa.Column("joined", WIDE, nullable=False),
        sa.Column("address", WIDE, nullable=False),
        sa.Column("demand_version", WIDE, nullable=True),
        sa.Column("claim", WIDE, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("rating", WIDE, nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index("members_by_joining", "members", ["campaign", "joined"], unique=False)
    op.create_index("members_by_state", "members", ["campaign", "state"], unique=False)
    to_erase = sa.text("erasure = 'requested'")
    op.create_index(
        "members_to_erase", "members", ["joined"], unique=False, sqlite_where=to_erase, postgresql_where=to_erase
    )
    op.create_table(
        "position",
        sa.Column("only", WIDE, autoincrement=False, nullable=False),
        sa.Column("position", WIDE, nullable=False),
        sa.PrimaryKeyConstraint("only"),
    )
    op.create_table(
        "safety",
        sa.Column("position", WIDE, autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("safety_of_member", "safety", ["subject"], unique=False)
    op.create_table(
        "staff",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("invited", WIDE, nullable=False),
        sa.Column("named", WIDE, nullable=True),
        sa.PrimaryKeyConstraint("actor"),
    )
    op.create_index("staff_of_campaign", "staff", ["campaign"], unique=False)
    op.create_table(
        "words",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("position", WIDE, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("time", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event"),
    )
    op.create_index("words_of_campaign", "words", ["campaign", "type", "position"], unique=False)
    op.create_table(
        "materials",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("filing", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("asked", WIDE, nullable=False),
        sa.ForeignKeyConstraint(
            ["filing"],
            ["filings.filing"],
        ),
        sa.PrimaryKeyConstraint("request"),
    )
    op.create_index("materials_of_filing", "materials", ["filing"], unique=False)
    op.create_table(
        "promises",
        sa.Column("promise", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("logger", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recorded", WIDE, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact"],
            ["contacts.contact"],
        ),
        sa.PrimaryKeyConstraint("promise"),
    )
    op.create_index("promises_of_contact", "promises", ["contact"], unique=False)
    op.create_index("promises_of_logger", "promises", ["campaign", "logger", "step"], unique=False)
