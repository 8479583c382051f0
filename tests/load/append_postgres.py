"""How fast joins become durable on PostgreSQL without HTTP: decided, encoded, sealed, committed.

`python -m tests.load.append_postgres CAMPAIGN CLIENTS SECONDS`, with campaign's settings in the environment; prints
joins a second. Each client is a greenlet that waits for its commit before it joins the next.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402
from uuid import UUID, uuid4  # noqa: E402

from services.campaign.adapters.shared_store import OpenStore, open_store  # noqa: E402
from services.campaign.application.people import member_key  # noqa: E402
from services.campaign.application.store import Commit, decided  # noqa: E402
from services.campaign.domain.base import Act  # noqa: E402
from services.campaign.domain.membership import Membership  # noqa: E402
from services.campaign.settings import from_environment  # noqa: E402
from services.campaign.vault.addresses import person_key  # noqa: E402
from services.kit.garbage import settle_in  # noqa: E402
from services.kit.ids import new_id  # noqa: E402


def opened() -> OpenStore:
    settings = from_environment()
    return open_store(
        settings.database or "", settings.keys_database or "", settings.database_password,
        settings.secrets or Path(), application="bench",
    )  # fmt: skip


def join(opened: OpenStore, campaign: UUID) -> None:
    now, subject, address = datetime.now(UTC), new_id(), f"{uuid4().hex}@example.org"
    act = Act(now, "member", subject, new_id)
    member = Membership.join(act, campaign, subject, email=address, name="赵敏", locale="zh-CN")
    claim = member_key(campaign, person_key(opened.secrets.pepper, address), subject)
    opened.application.store.commit(Commit(decided(member), [claim], need_open=campaign))


def rate(opened: OpenStore, campaign: UUID, clients: int, seconds: float) -> float:
    started, counts = time.perf_counter(), [0] * clients

    def run(number: int) -> None:
        while time.perf_counter() - started < seconds:
            join(opened, campaign)
            counts[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def main() -> None:
    campaign, clients, seconds = UUID(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    store = opened()
    settle_in()
    rate(store, campaign, clients, 0.3)
    print("ready", flush=True)
    sys.stdin.readline()
    print(rate(store, campaign, clients, seconds), flush=True)
    store.close()


if __name__ == "__main__":
    main()
