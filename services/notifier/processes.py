"""The processes of notifier on PostgreSQL; `kit.serving.serve` runs one `build` of these in each."""

from __future__ import annotations

from contextlib import ExitStack

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import Clock
from services.kit.health import Health
from services.kit.loops import Pace
from services.kit.metrics import Metrics
from services.kit.server_settings import kafka_from_environment, needed
from services.kit.serving import UNHURRIED, Manner, Process
from services.kit.settings import Secret
from services.kit.sql.activity import answers
from services.kit.sql.wakes import Wakes
from services.notifier.adapters.campaign_http import CampaignQuestions
from services.notifier.http.app import Doors, create_app
from services.notifier.progress.publish import AT_ONCE, PublishesAnnouncements, PublishesProgress
from services.notifier.progress.records import MARKED
from services.notifier.settings import NotifierSettings, from_environment
from services.notifier.wiring import build, build_doors

ANNOUNCES = Manner(woken=UNHURRIED.woken, pace=Pace(seconds=0.5, full=AT_ONCE))
"""That a mail was sent is told a moment later: told one by one, it cost as much as sending."""


def web(clock: Clock) -> Process:
    """Takes mails over and ends subscriptions; sends nothing."""
    settings, metrics = _on_postgres(), Metrics()
    secret = _secret(settings)
    doors = build_doors(settings, clock, metrics)
    checks = {"database": lambda: answers(doors.engine)}
    app = create_app(Doors(doors.port, Health(checks), metrics), secret)
    return Process(metrics, app, checks=checks, close=doors.close)


def worker(clock: Clock) -> Process:
    """Plans and sends mails, computes and publishes progress; several share the work.

    Who publishes progress may be another process than the one that computed it: it hears of that from the database.
    """
    from services.kit.stream.kafka import KafkaStream

    with ExitStack() as closing:
        settings, metrics = _on_postgres(), Metrics()
        campaign = CampaignQuestions(needed(settings.campaign_url, "CHORUS_CAMPAIGN_URL"), _secret(settings))
        closing.callback(campaign.close)
        stream = KafkaStream(kafka_from_environment(), "notifier-worker")
        closing.callback(stream.close)
        service = build(settings, clock, campaign, stream, metrics)
        closing.callback(service.close)
        url = needed(settings.database_url, "CHORUS_NOTIFIER_DATABASE")
        marked = Wakes(url, settings.database_password, MARKED, application="notifier-worker-ear")
        closing.callback(marked.close)
        return Process(
            metrics,
            checks={"database": lambda: answers(service.engine)},
            workers=service.workers,
            timed=service.timed,
            wakes=[lambda wake: stream.wake(CAMPAIGN_EVENTS, wake)],
            manners={PublishesProgress.name: Manner(woken=marked.listen), PublishesAnnouncements.name: ANNOUNCES},
            crowded=service.crowded,
            behind=service.lag,
            shares=service.shares,
            close=closing.pop_all().close,
        )


def _on_postgres() -> NotifierSettings:
    settings = from_environment()
    needed(settings.database_url, "CHORUS_NOTIFIER_DATABASE")
    return settings


def _secret(settings: NotifierSettings) -> Secret:
    return Secret(needed(settings.internal_secret, "CHORUS_INTERNAL_SECRET"))
