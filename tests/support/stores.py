"""An event store under test, as an object with verbs; a further backend is one name in BACKENDS and one opener."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from services.campaign.adapters.aggregates import StoredAggregates
from services.campaign.adapters.data_folder import OpenFolder, open_folder
from services.campaign.application.store import Commit, Committed, Kind, UniqueKey, decided
from services.campaign.domain.base import Act, Role
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.membership import Membership
from services.campaign.vault.addresses import person_key

T = TypeVar("T")
START: Final = datetime(2026, 3, 2, 2, 0, 17, 512_000, tzinfo=UTC)
BACKENDS: Final[dict[str, Callable[..., OpenFolder]]] = {"sqlite": open_folder}


class StoreUnderTest:
    """Campaigns and members made through the domain, recorded through the port."""

    def __init__(self, backend: str, folder: Path, **options: Any) -> None:
        self._open, self._options = BACKENDS[backend], options
        self.path = folder
        self._ticks = 0
        self.folder = self._open(folder, epoch="2026-11", wait_seconds=0, **options)

    @property
    def store(self) -> Any:
        return self.folder.application.store

    @property
    def aggregates(self) -> StoredAggregates:
        return StoredAggregates(self.folder.application)

    def restart(self) -> None:
        self.folder.close()
        self.folder = self._open(self.path, epoch="2026-11", wait_seconds=0, **self._options)

    def close(self) -> None:
        self.folder.close()

    def act(self, role: Role, actor: UUID | None) -> Act:
        self._ticks += 1
        return Act(START + timedelta(seconds=self._ticks), role, actor, uuid4)

    def key(self, address: str) -> bytes:
        return person_key(self.folder.secrets.pepper, address)

    def record(self, *aggregates: Any, **request: Any) -> Committed:
        committed: Committed = self.store.commit(Commit(decided(*aggregates), **request))
        return committed

    def drafted(self) -> Campaign:
        organizer = uuid4()
        return Campaign.draft(
            self.act("organizer", organizer), uuid4(), demands=[("refund", "全额退款")],
            provider_kind="payment-institution", jurisdiction="cn", timezone="Asia/Shanghai",
            problem="duplicate_charge", locale="zh-CN", provider_name="青禾钱包", title="青禾钱包重复扣款",
            summary="一次付款扣了两次", organizer_name="陈静", organizer_email="chen.jing@example.org",
        )  # fmt: skip

    def campaign(self) -> Campaign:
        """Recorded and open."""
        campaign = self.drafted()
        campaign.publish(self.act("organizer", uuid4()), "青禾钱包重复扣款")
        self.record(campaign)
        return campaign

    def joining(self, campaign: UUID, address: str) -> tuple[Membership, UniqueKey]:
        subject = uuid4()
        member = Membership.join(
            self.act("member", subject), campaign, subject, email=address, name="赵敏", locale="zh-CN"
        )
        return member, UniqueKey(campaign, Kind.MEMBER, self.key(address), subject)

    def join(self, campaign: UUID, address: str, **request: Any) -> tuple[Committed, UUID]:
        member, claim = self.joining(campaign, address)
        return self.record(member, claims=[claim], need_open=campaign, **request), member.id

    def holds(self, needle: bytes) -> list[str]:
        """Files under the data folder in which these bytes occur."""
        return sorted(p.name for p in self.path.rglob("*") if p.is_file() and needle in p.read_bytes())


def in_parallel(works: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each returned or raised; all start at the same moment."""
    outcomes: list[T | Exception] = [RuntimeError("not run")] * len(works)
    gate = threading.Barrier(len(works))

    def run(number: int, work: Callable[[], T]) -> None:
        gate.wait()
        try:
            outcomes[number] = work()
        except Exception as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=(i, work)) for i, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
