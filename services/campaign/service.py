"""The campaign service as its doors and runners see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

from services.campaign.adapters.data_folder import OpenFolder
from services.campaign.application.dispatch import CommandService
from services.campaign.application.evidence_store import EvidenceStore
from services.campaign.application.store import Leaf
from services.campaign.audit.export import NoSuchCampaign, export_zip
from services.campaign.databases import Databases
from services.campaign.housekeeping import Housekeeping
from services.campaign.publishing.handover import HandoverWorker
from services.campaign.publishing.relay_source import RelaySource
from services.campaign.queries.files import open_file
from services.campaign.queries.service import QueryService
from services.campaign.readmodels.projector import Projector
from services.campaign.timers import TimerWorker
from services.contracts.campaign_port import File, Json
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller, Request
from services.kit.health import Check
from services.kit.loops import Worker
from services.kit.metrics import Metrics
from services.kit.stream.port import Record
from services.kit.timeline import Timed

if TYPE_CHECKING:
    from services.campaign.adapters.shared_store import OpenStore


@dataclass(frozen=True, slots=True)
class CampaignService:
    """Implements `contracts.campaign_port.CampaignPort` by direct calls; the wiring makes it, its runner closes it.

    `workers` follow the log, `timed` waits for instants, `tidy` runs now and then; `relay_source` with `to_record`
    is what a relay to the stream follows. All of them may run in several processes at once.
    """

    commands: CommandService
    queries: QueryService
    projector: Projector
    handover: HandoverWorker | None
    timer: TimerWorker
    tidy: Housekeeping
    relay_source: RelaySource
    to_record: Callable[[Leaf], Record]
    checks: Mapping[str, Check]
    metrics: Metrics
    folder: OpenFolder | OpenStore
    evidence: EvidenceStore
    databases: Databases

    @property
    def workers(self) -> tuple[Worker, ...]:
        return (self.projector,) if self.handover is None else (self.projector, self.handover)

    @property
    def timed(self) -> tuple[Timed, ...]:
        return (self.timer,)

    def execute(self, request: Request, body: BinaryIO | None = None) -> Json:
        return self.commands.execute(request, body)

    def begin(self, request: Request) -> Callable[[], Json] | None:
        """Decides now and answers when called; None for a request that has to be executed."""
        return self.commands.begin(request)

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        return self.queries.ask(query, caller, args)

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        asked = {"campaign": campaign, "evidence": evidence, "redacted": redacted}
        return open_file(self.evidence, self.queries.file(caller, asked))

    def export(self, campaign: str, published: Json | None = None) -> Iterator[bytes]:
        """Of a published campaign; a draft is nobody's to see."""
        try:
            campaign_id = UUID(campaign)
        except ValueError:
            raise Refused("not-found") from None
        if self.folder.application.store.state(campaign_id) in (None, "draft"):
            raise Refused("not-found")
        try:
            return export_zip(self.folder.application.store, campaign_id, published)
        except NoSuchCampaign:
            raise Refused("not-found") from None

    def listen(self, wake: Callable[[], None]) -> None:
        """`wake` is called after each commit; it must return at once."""
        self.folder.application.store.listen(wake)

    def busy(self) -> bool:
        """Whether people's requests are being written: background work should rest."""
        return self.folder.application.store.busy()

    def ready(self) -> None:
        """A check for Health; raises the first failure of its own checks."""
        for check in self.checks.values():
            check()

    def close(self) -> None:
        self.databases.close()
        self.folder.close()
