"""How fast joins become durable on PostgreSQL without HTTP.

`python -m tests.load.append_postgres whole|ready CAMPAIGN CLIENTS SECONDS`, with campaign's settings in the
environment; prints joins a second. Each client is a greenlet that waits for its commit before it brings the next.

`whole`: each is decided, encoded and sealed first. `ready`: what is appended is at hand, as pgbench's row is: the leaf
and the seals of one join, under ids and a key of their own for each.
"""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import replace  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402
from uuid import UUID, uuid4  # noqa: E402

from services.campaign.adapters.items import Item  # noqa: E402
from services.campaign.adapters.shared_store import OpenStore, open_store  # noqa: E402
from services.campaign.application.mails import joined_again  # noqa: E402
from services.campaign.application.people import member_key  # noqa: E402
from services.campaign.application.store import Commit, decided  # noqa: E402
from services.campaign.domain.base import Act  # noqa: E402
from services.campaign.domain.membership import Membership  # noqa: E402
from services.campaign.settings import from_environment  # noqa: E402
from services.campaign.vault.addresses import person_key  # noqa: E402
from services.campaign.vault.encoder import encode  # noqa: E402
from services.kit.garbage import settle_in  # noqa: E402
from services.kit.ids import new_id  # noqa: E402


def opened() -> OpenStore:
    settings = from_environment()
    return open_store(
        settings.database or "", settings.keys_database or "", settings.database_password,
        settings.secrets or Path(), application="bench",
    )  # fmt: skip


def join(opened: OpenStore, campaign: UUID) -> Callable[[], None]:
    def whole() -> None:
        opened.application.store.commit(decided_join(opened, campaign))

    return whole


def ready_join(opened: OpenStore, campaign: UUID) -> Callable[[], None]:
    store = opened.application.store
    request = decided_join(opened, campaign)
    known = store._sealer.prepare([encode(event) for event in request.events], request)
    store._sealer.seal_if_taken(known)
    (leaf,), (claim,), note = known.leaves, request.claims, known.if_taken
    assert note is not None

    def ready() -> None:
        stream = new_id()
        own = replace(leaf, originator_id=stream, subject=stream)
        item = Item([own], replace(request, claims=[replace(claim, key=os.urandom(32), owner=stream)]))
        item.seals, item.if_taken = known.seals, (new_id().bytes, *note[1:])
        store._group.submit(item)

    return ready


def decided_join(opened: OpenStore, campaign: UUID) -> Commit:
    now, subject, address = datetime.now(UTC), new_id(), f"{uuid4().hex}@example.org"
    act = Act(now, "member", subject, new_id)
    member = Membership.join(act, campaign, subject, email=address, name="赵敏", locale="zh-CN")
    claim = member_key(campaign, person_key(opened.secrets.pepper, address), subject)
    note = joined_again(new_id(), now, campaign)
    return Commit(decided(member), [claim], need_open=campaign, on_taken=note)


KINDS = {"whole": join, "ready": ready_join}


def rate(bring: Callable[[], None], clients: int, seconds: float) -> float:
    started, counts = time.perf_counter(), [0] * clients

    def run(number: int) -> None:
        while time.perf_counter() - started < seconds:
            bring()
            counts[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def main() -> None:
    kind, campaign, clients, seconds = KINDS[sys.argv[1]], UUID(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    store = opened()
    bring = kind(store, campaign)
    settle_in()
    rate(bring, clients, 0.3)
    print("ready", flush=True)
    sys.stdin.readline()
    print(rate(bring, clients, seconds), flush=True)
    store.close()


if __name__ == "__main__":
    main()
