"""Casework: contacts and promises, filings and what follows, materials, ballots."""

from __future__ import annotations

from typing import Any

from services.contracts import commands_v1 as c
from services.gateway.api import schemas
from services.gateway.api.endpoint import act, ask
from services.gateway.api.routes.campaigns import ONE
from services.gateway.api.shapes import DAY, ID, LIST, TEXT, WARNINGS, maybe, obj

FILING = f"{ONE}/filings/<uuid:filing>"
_FILING: dict[str, Any] = {"tag": "filings"}
_BALLOT: dict[str, Any] = {"tag": "ballots"}

ENDPOINTS = (
    ask(f"{ONE}/contacts", "contacts", "The log of contacts with the provider.", tag="contacts", answer=LIST),
    act(
        "POST",
        f"{ONE}/contacts",
        c.LogContact,
        "Log a call, visit or message.",
        schemas.ContactLog,
        status=201,
        tag="contacts",
        answer=obj(contact=ID),
        errors=("step-unknown",),
    ),
    act(
        "POST",
        f"{ONE}/contacts/<uuid:contact>/promises",
        c.RecordPromise,
        "Record what was promised, and until when.",
        schemas.Promise,
        status=201,
        tag="contacts",
        answer=obj(promise=ID),
        errors=("promise-in-past",),
    ),
    ask(f"{ONE}/filings", "filings", "The filings one may see.", answer=LIST, **_FILING),
    act(
        "POST",
        f"{ONE}/filings",
        c.SubmitFiling,
        "Hand a complaint to a channel.",
        schemas.FilingBody,
        status=201,
        answer=obj(filing=ID, warnings=WARNINGS, deadline=maybe(DAY)),
        errors=("step-unknown", "precondition-missing", "filing-already-open", "filer-not-allowed", "names-a-member"),
        **_FILING,
    ),
    act(
        "POST",
        f"{FILING}/receipt",
        c.RecordReceipt,
        "Record the number under which it was taken up.",
        schemas.Receipt,
        answer=obj(deadline=maybe(DAY)),
        errors=("day-too-early", "filing-not-open", "receipt-already-recorded"),
        **_FILING,
    ),
    act(
        "POST",
        f"{ONE}/materials",
        c.RequestMaterial,
        "Ask a member, or whoever filed, for material.",
        schemas.MaterialRequest,
        status=201,
        answer=obj(request=ID, filing=ID),
        errors=("filing-not-open",),
        **_FILING,
    ),
    act(
        "POST",
        f"{FILING}/materials/<uuid:request>",
        c.GiveMaterial,
        "Give material that was asked for.",
        schemas.MaterialGiven,
        **_FILING,
    ),
    act(
        "POST",
        f"{FILING}/responses",
        c.RecordResponse,
        "Record the answer.",
        schemas.Response,
        status=201,
        errors=("day-too-early", "filing-not-open"),
        **_FILING,
    ),
    act(
        "POST",
        f"{FILING}/deadline",
        c.ExtendDeadline,
        "Record a longer time limit.",
        schemas.Extension,
        errors=("deadline-not-later", "filing-not-open"),
        **_FILING,
    ),
    act(
        "POST",
        f"{FILING}/close",
        c.CloseFiling,
        "End a filing without an answer.",
        schemas.FilingEnd,
        errors=("filing-not-open",),
        **_FILING,
    ),
    ask(f"{ONE}/ballots", "ballots", "The ballots and one's own votes.", answer=LIST, **_BALLOT),
    act(
        "POST",
        f"{ONE}/ballots",
        c.OpenBallot,
        "Ask the members.",
        schemas.BallotBody,
        status=201,
        answer=obj(ballot=ID),
        errors=("options-unusable", "ballot-ends-in-past", "names-a-member"),
        **_BALLOT,
    ),
    act(
        "POST",
        f"{ONE}/ballots/<uuid:ballot>/votes",
        c.CastVote,
        "Vote, once.",
        schemas.VoteBody,
        status=201,
        answer=obj(receipt=TEXT),
        errors=("already-voted", "ballot-closed", "option-unknown"),
        **_BALLOT,
    ),
    act(
        "POST",
        f"{ONE}/ballots/<uuid:ballot>/close",
        c.CloseBallot,
        "End a ballot early.",
        errors=("ballot-closed",),
        **_BALLOT,
    ),
)
