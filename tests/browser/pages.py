"""Every page there is, and as whom it is looked at."""

from __future__ import annotations

from tests.browser.life import HE, MA, Life

Page = tuple[str, str, str | None]
"""Name, path, address of whoever is signed in."""


def every_page(life: Life) -> list[Page]:
    return [*_public(life), *_own(life), *_console(life)]


def _public(life: Life) -> list[Page]:
    c = f"/c/{life.campaign}"
    return [
        ("home", "/", None),
        ("campaigns", "/campaigns", None),
        ("campaigns-none", "/campaigns?q=zzz", None),
        ("campaign", c, None),
        ("join", f"{c}/join", None),
        ("joined", f"{c}/join/sent", None),
        ("history", f"{c}/history", None),
        ("playbook", "/playbooks/cn", None),
        ("urgent", "/urgent", None),
        ("sign-in", "/sign-in", None),
        ("sign-in-sent", "/sign-in/sent", None),
        ("confirm", "/confirm/abcdefghijklmnopqrst", None),
        ("unsubscribe", "/unsubscribe/abcdefghijklmnopqrst", None),
        ("missing", "/nothing-here", None),
        ("problem", "/problems/precondition-missing", None),
        ("api", "/api/docs", None),
    ]


def _own(life: Life) -> list[Page]:
    c, i = f"/c/{life.campaign}/me", life.ids
    tails = {
        "record": "", "claim": "/claim", "safety": "/safety", "consent": "/consent",
        "consent-filing": "/consent/filing", "consent-contact": "/consent/contact", "evidence": "/evidence",
        "redact": f"/evidence/{i['evidence']}/redacted", "withdraw": f"/evidence/{i['evidence']}/withdraw",
        "vote": f"/ballots/{i['ballot']}", "contact": "/contact",
        "promise": f"/contacts/{i['contact']}/promises", "file-steps": "/file", "file": "/file?step=cn-pbc-12363",
        "receipt": f"/filings/{i['filing']}/receipt", "response": f"/filings/{i['filing']}/response",
        "extend": f"/filings/{i['filing']}/deadline", "close-filing": f"/filings/{i['filing']}/close",
        "material": f"/filings/{i['filing']}/materials/{i['request']}", "rating": "/rating",
        "experience": "/experience", "address": "/address", "leave": "/leave", "erase": "/erase",
    }  # fmt: skip
    return [("mine", "/me", MA), *((f"me-{name}", f"{c}{tail}", MA) for name, tail in tails.items())]


def _console(life: Life) -> list[Page]:
    c, i = f"/c/{life.campaign}/console", life.ids
    tails = {
        "console": "", "members": "/members", "evidence": "/evidence", "contacts": "/contacts",
        "filings": "/filings", "ballots": "/ballots", "people": "/people", "publish": "/publish", "words": "/words",
        "demands": "/demands", "update": "/update", "escalate-steps": "/escalate",
        "escalate": "/escalate?step=cn-pbc-12363", "outcome": "/outcome", "close": "/close",
        "organizers": "/organizers", "remove-organizer": f"/organizers/{i['organizer']}/remove",
        "auditors": "/auditors", "remove-auditor": f"/auditors/{i['auditor']}/remove",
        "invalidate": f"/members/{i['subject']}/invalidate", "reinstate": f"/members/{i['subject']}/reinstate",
        "review": f"/evidence/{i['evidence']}/review", "classify": f"/evidence/{i['evidence']}/kind",
        "ask-material": "/materials", "ballot": "/ballot", "close-ballot": f"/ballots/{i['ballot']}/close",
        "contact": "/contact", "promise": f"/contacts/{i['staff-contact']}/promises",
        "file": "/file?step=cn-pbc-12363", "receipt": f"/filings/{i['staff-filing']}/receipt",
        "experience": "/experience",
    }  # fmt: skip
    launch = [("launch-problem", "/launch", HE), ("launch", "/launch?problem=account_stolen", HE)]
    return [*launch, *((f"console-{name}", f"{c}{tail}", HE) for name, tail in tails.items())]
