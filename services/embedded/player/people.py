"""Who is signed in: one session a person, opened by the link that was mailed, as people do it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from services.embedded.player.door import Answer, Call, Door
from services.embedded.player.scenario import Person

IDLE: Final = timedelta(hours=11)
"""A session unused for this long is opened anew before it is needed (the server lets go of it at twelve)."""


class NotSignedIn(Exception):
    """No session could be opened; says why."""


@dataclass
class Session:
    token: str
    expires: datetime
    used: datetime

    def lasts(self, at: datetime) -> bool:
        return at < self.expires and at < self.used + IDLE


@dataclass
class People:
    door: Door
    now: datetime
    addresses: dict[str, list[str]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    def addresses_of(self, person: Person) -> list[str]:
        """All that a person has used, without regard to case."""
        return self.addresses.setdefault(person.handle, [person.email.casefold()])

    def uses(self, person: Person, email: str) -> None:
        if email.casefold() not in self.addresses_of(person):
            self.addresses_of(person).append(email.casefold())

    def ready(self, person: Person, at: datetime) -> bool:
        session = self.sessions.get(person.handle)
        return session is not None and session.lasts(at)

    def sign_in(self, person: Person) -> None:
        """By mail, which is delivered when the clock's consequences have settled."""
        told = {"email": person.email, "locale": person.locale}
        asked = self.door.call(Call("POST", "/sign-in-links", told, locale=person.locale))
        if not asked.ok:
            raise NotSignedIn(f"asking for a sign-in link: {asked.code}")
        self.door.settle()
        mails = self.door.mail(to=person.email, kind="sign-in")
        token = token_of(mails[-1], "sign-in") if mails else None
        if token is None:
            raise NotSignedIn(f"no sign-in link was mailed to {person.handle}")
        opened = self.door.call(
            Call("POST", "/sessions", {"token": token, "browser": asked.told("browser")}, locale=person.locale)
        )
        if not opened.ok:
            raise NotSignedIn(f"signing in: {opened.code}")
        self.keep(person, opened)

    def keep(self, person: Person, answer: Answer) -> None:
        """Keeps a session that an answer carries, if it does."""
        if answer.told("session"):
            expires = datetime.fromisoformat(answer.body["expires_at"])
            self.sessions[person.handle] = Session(answer.body["session"], expires, self.now)

    def forget(self, person: Person) -> None:
        self.sessions.pop(person.handle, None)

    def call(self, person: Person, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """As this person; signs in first where needed, and once again when the session is no more."""
        if person.handle not in self.sessions:
            self.sign_in(person)
        answer = self._once(person, method, path, body, more)
        if answer.status == 401:
            self.sign_in(person)
            answer = self._once(person, method, path, body, more)
        return answer

    def _once(self, person: Person, method: str, path: str, body: Any, more: dict[str, Any]) -> Answer:
        session = self.sessions[person.handle]
        session.used = self.now
        return self.door.call(Call(method, path, body, session=session.token, locale=person.locale, **more))


def token_of(mail: dict[str, Any], page: str) -> str | None:
    """The token in the link of a mail to a page, as `/page/token`, `/page?token=` or `/page#token`."""
    for link in mail["links"]:
        parts = urlsplit(link)
        if parts.path.startswith(f"/{page}"):
            rest = parts.path.removeprefix(f"/{page}").strip("/") or parts.query or parts.fragment
            return str(rest).removeprefix("token=")
    return None
