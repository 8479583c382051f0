"""The verbs of a scenario, each with its arguments: what they must be, and which must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.embedded.player import fields as f
from services.embedded.player import vocabulary as v
from services.embedded.player.fields import Checker


@dataclass(frozen=True)
class Grammar:
    """`public`: the verb needs no person; `either`: at least one of these optional arguments must be there."""

    needs: Mapping[str, Checker] = field(default_factory=dict)
    may: Mapping[str, Checker] = field(default_factory=dict)
    either: tuple[str, ...] = ()
    public: bool = False
    crowd: bool = False

    @property
    def arguments(self) -> Mapping[str, Checker]:
        return {**self.needs, **self.may}


_OVERRIDE: Final[dict[str, Checker]] = {"override": f.override, "reason": f.text}

VERBS: Final[dict[str, Grammar]] = {
    "launch": Grammar(
        {"title": f.text, "provider": f.provider, "problem": f.word, "summary": f.text, "demands": f.demands}
    ),
    "publish": Grammar(),
    "join": Grammar(may={"email": f.email, "name": f.text, "locale": f.one_of(*v.LOCALES)}, public=True),
    "confirm": Grammar(),
    "safety": Grammar({"taken": f.some_of(*v.SAFETY_STEPS)}),
    "claim": Grammar(
        {"what": f.word, "happened": f.moment, "remedy": f.one_of(*v.DEMAND_KINDS)},
        {"amount": f.amount, "currency": f.currency, "reference": f.text, "details": f.text, "private": f.truth},
    ),
    "evidence": Grammar(
        {"file": f.evidence_file, "kind": f.one_of(*v.EVIDENCE_KINDS)}, {"captured": f.moment, "note": f.text}
    ),
    "review": Grammar(
        {"of": f.handle, "file": f.evidence_file, "verdict": f.one_of(*v.REVIEW_VERDICTS)}, {"reason": f.text}
    ),
    "consent": Grammar({"to": f.word}, {"step": f.word}),
    "file": Grammar({"step": f.word, "statement": f.text}, {"by": f.one_of("collective", "own"), **_OVERRIDE}),
    "receipt": Grammar({"step": f.word, "number": f.text}),
    "contact": Grammar(
        {"step": f.word, "channel": f.one_of(*v.CHANNELS)}, {"agent": f.text, "staff_number": f.text, "said": f.text}
    ),
    "promise": Grammar({"step": f.word, "until": f.until, "what": f.text}),
    "material": Grammar(
        may={
            "asked": f.text,
            "of": f.handle,
            "until": f.day,
            "given": f.evidence_file,
            "kind": f.one_of(*v.EVIDENCE_KINDS),
        },
        either=("asked", "given"),
    ),
    "respond": Grammar({"step": f.word, "verdict": f.one_of(*v.RESULTS)}, {"from": f.text, "text": f.text}),
    "escalate": Grammar({"to": f.word}, _OVERRIDE),
    "update": Grammar({"title": f.text, "body": f.text}),
    "revise-demands": Grammar({"demands": f.demands}),
    "ballot": Grammar({"question": f.text, "options": f.texts, "until": f.until}),
    "vote": Grammar({"option": f.text}),
    "close-ballot": Grammar(),
    "outcome": Grammar({"demands": f.results}, {"offered": f.sums, "paid": f.sums, "note": f.text}),
    "rate": Grammar({"satisfied": f.truth}, {"text": f.text}),
    "share": Grammar({"text": f.text}),
    "withdraw": Grammar(),
    "erase": Grammar(),
    "replay": Grammar(
        may={"to": f.size_or_moment, "size": f.whole(0, 10**9), "time": f.moment},
        either=("to", "size", "time"),
        public=True,
    ),
    "verify": Grammar(public=True),
    "close": Grammar(),
    "wait": Grammar(public=True),
    "crowd": Grammar(
        {"prefix": f.word, "count": f.whole(1, 100_000), "what": f.word},
        {"amounts": f.amounts, "currency": f.currency, "remedy": f.one_of(*v.DEMAND_KINDS), "happened": f.moment},
        public=True,
    ),
}
