"""Campaign's schema in PostgreSQL: made and brought up to date by one step of its own, never by a process at work."""

from __future__ import annotations

from sqlalchemy import text

from services.campaign.databases import EVENTS, KEYS, MIGRATIONS, TOKENS, VIEWS, version_table
from services.campaign.settings import CampaignSettings, needed
from services.kit.settings import Secret
from services.kit.sql.engine import temporary_when_busy
from services.kit.sql.locks import lock_in
from services.kit.sql.migrate import migrate
from services.kit.sql.postgres import postgres_engine


def migrate_all(settings: CampaignSettings) -> dict[str, str]:
    """Brings everything of campaign in PostgreSQL up to date; answers the revision of each part. Repeatable."""
    url, password = needed(settings.database, "CHORUS_CAMPAIGN_DATABASE"), settings.database_password
    keys_url = needed(settings.keys_database, "CHORUS_KEYS_DATABASE")
    return {
        EVENTS: _migrated(url, password, EVENTS),
        VIEWS: _migrated(url, password, VIEWS, VIEWS),
        TOKENS: _migrated(url, password, TOKENS, TOKENS),
        KEYS: _migrated(keys_url, password, KEYS),
    }


def _migrated(url: str, password: Secret | None, part: str, schema: str | None = None) -> str:
    schemas = () if schema is None else (schema,)
    engine = postgres_engine(url, password, application="chorus-campaign-migrate", schemas=schemas)
    try:
        with temporary_when_busy():
            if schema is not None:
                with engine.begin() as connection:
                    lock_in(connection, "campaign schemas")
                    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            return migrate(engine, MIGRATIONS / part, version_table(part))
    finally:
        engine.dispose()
