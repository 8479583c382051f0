"""The one place where the campaign service is put together."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from services.campaign.adapters.aggregates import StoredAggregates
from services.campaign.adapters.data_folder import OpenFolder, drop_unused_keys, open_folder
from services.campaign.adapters.evidence_place import S3Access, evidence_store
from services.campaign.adapters.file_sniffing import FileSniffer
from services.campaign.adapters.installation import refuse_other_pepper
from services.campaign.adapters.postgres_removed import clear_removed
from services.campaign.adapters.tokens_sql import SqlTokens
from services.campaign.application import mails
from services.campaign.application.case import Desk
from services.campaign.application.dispatch import CommandService
from services.campaign.application.evidence_store import EvidenceStore
from services.campaign.application.hashes import Hashes
from services.campaign.databases import Databases, postgres_databases, sqlite_databases
from services.campaign.housekeeping import Chore, Housekeeping
from services.campaign.metrics import CAMPAIGN
from services.campaign.playbooks.load import load_playbooks
from services.campaign.publishing.handover import HandoverWorker
from services.campaign.publishing.relay_source import RelaySource, to_record
from services.campaign.queries import asking
from services.campaign.queries.service import QueryService
from services.campaign.readmodels.projector import Projector
from services.campaign.readmodels.views import ReadViews
from services.campaign.service import CampaignService
from services.campaign.settings import CampaignSettings, needed
from services.campaign.timers import TimerWorker
from services.contracts.notifier_port import NotifierPort
from services.kit.clock import Clock
from services.kit.failures import TemporaryFailure
from services.kit.health import Check
from services.kit.ids import new_id
from services.kit.metrics import Metrics

if TYPE_CHECKING:
    from services.campaign.adapters.recorder import GroupCommitRecorder
    from services.campaign.adapters.shared_store import OpenStore

REPLAYS_AT_ONCE: Final = 2
FAR_BEHIND: Final = 50_000
"""Events: with more than these to catch up, the views are being built and the service is not ready yet."""


def build(
    settings: CampaignSettings, clock: Clock, notifier: NotifierPort | None, metrics: Metrics, *,
    process: str = "campaign", defers: bool = False,
) -> CampaignService:  # fmt: skip
    """The caller closes it. With a database set, PostgreSQL, where nothing is made or changed at a start; else the data
    folder, which is locked: raises FolderInUse when another process has it.

    Without a notifier there is nobody to hand mails to: that is another process's work. `defers` leaves a long way of
    the views to a worker in another process, too.
    """
    with ExitStack() as undo:
        opened, databases = _stores(settings, clock, process, undo)
        refuse_other_pepper(databases.tokens, opened.secrets.pepper)
        service = _assemble(settings, clock, notifier, metrics, opened, databases, defers)
        undo.pop_all()
    return service


def _stores(
    settings: CampaignSettings, clock: Clock, process: str, undo: ExitStack
) -> tuple[OpenFolder | OpenStore, Databases]:  # fmt: skip
    if settings.database is not None:
        from services.campaign.adapters.shared_store import open_store

        databases = postgres_databases(settings.database, settings.database_password, application=f"chorus-{process}")
        undo.callback(databases.close)
        opened = open_store(
            settings.database, needed(settings.keys_database, "CHORUS_KEYS_DATABASE"), settings.database_password,
            _secrets(settings), application=f"chorus-{process}", max_queue=settings.max_queue,
        )  # fmt: skip
        undo.callback(opened.close)
        return opened, databases
    data = needed(settings.data, "CHORUS_CAMPAIGN_DATA")
    folder = open_folder(
        data, epoch=f"{clock.now():%Y-%m}", wait_seconds=settings.wait_seconds, max_queue=settings.max_queue
    )
    undo.callback(folder.close)
    databases = sqlite_databases(data)
    undo.callback(databases.close)
    return folder, databases


def _secrets(settings: CampaignSettings) -> Path:
    if settings.secrets is not None:
        return settings.secrets
    return needed(settings.data, "CHORUS_SECRETS") / "secrets"


def _evidence(settings: CampaignSettings) -> EvidenceStore:
    folder = None if settings.data is None else settings.data / "evidence"
    access = S3Access(settings.s3_endpoint, settings.s3_region, settings.s3_key_id, settings.s3_secret)
    return evidence_store(settings.evidence, folder, access)


def _assemble(
    settings: CampaignSettings, clock: Clock, notifier: NotifierPort | None, metrics: Metrics,
    folder: OpenFolder | OpenStore, databases: Databases, defers: bool,
) -> CampaignService:  # fmt: skip
    evidence = _evidence(settings)
    store, tokens = folder.application.store, SqlTokens(databases.tokens)
    projector = Projector(databases.views, store, defers=defers)
    desk = Desk(
        store=store,
        aggregates=StoredAggregates(folder.application),
        views=ReadViews(databases.views, projector, store),
        tokens=tokens,
        playbooks=load_playbooks(settings.playbooks),
        evidence=evidence,
        keys=folder.keys,
        inspector=FileSniffer(),
        hashes=Hashes(folder.secrets.pepper),
        clock=clock,
        new_id=new_id,
    )
    read_desk = asking.Desk(store, desk.playbooks, tokens, clock, desk.hashes, BoundedSemaphore(REPLAYS_AT_ONCE))
    _watch(metrics, folder, projector)
    return CampaignService(
        commands=CommandService(desk),
        queries=QueryService(read_desk, databases.views, projector),
        projector=projector,
        handover=None if notifier is None else HandoverWorker(store, notifier, partial(mails.to_hand_over, desk)),
        timer=TimerWorker(databases.views, projector, desk),
        tidy=Housekeeping(desk, tokens, _chores_on_postgres(store, databases) if folder.keys.shared else ()),
        relay_source=RelaySource(store),
        to_record=to_record,
        checks=_checks(folder, projector),
        metrics=metrics,
        folder=folder,
        evidence=evidence,
        databases=databases,
    )


def _chores_on_postgres(store: GroupCommitRecorder, databases: Databases) -> tuple[Chore, ...]:
    """A start sweeps keys, and SQLite overwrites what is deleted."""
    return (
        Chore(timedelta(days=1), lambda _: drop_unused_keys(store), can_wait=True),
        Chore(timedelta(minutes=1), lambda _: clear_removed(databases.views)),
    )


def _checks(folder: OpenFolder | OpenStore, projector: Projector) -> dict[str, Check]:
    store = folder.application.store

    def reads() -> None:
        store.head()

    def has_keys() -> None:
        folder.keys.living([1])

    def close_behind() -> None:
        if store.head() - projector.position > FAR_BEHIND:
            raise TemporaryFailure("views-behind")

    return {"store": reads, "keys": has_keys, "views": close_behind}


def _watch(metrics: Metrics, folder: OpenFolder | OpenStore, projector: Projector) -> None:
    store = folder.application.store
    metrics.include(CAMPAIGN)
    metrics.watch("chorus_log_head", store.head)
    metrics.watch("chorus_commit_queue", store.queued)
    store.observe(partial(_measured, metrics))
    metrics.watch("chorus_views_lag", lambda: store.head() - projector.position)
    metrics.watch("chorus_hand_overs_waiting", store.hand_overs_waiting)


def _measured(metrics: Metrics, requests: int, seconds: float) -> None:
    metrics.observe("chorus_commit_requests", requests)
    metrics.observe("chorus_commit_seconds", seconds)
