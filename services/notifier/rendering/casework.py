"""Mails about filings, deadlines and promises, to whoever has to act; and invitations to help."""

from __future__ import annotations

from services.notifier.rendering.desk import Pen
from services.notifier.rendering.mail import Block, Mail, button, facts, listed, paragraph, quote


def material_requested(pen: Pen) -> Mail:
    asked = pen.said("asked")
    blocks = [
        pen.greeting(),
        paragraph(pen.t("material-requested-intro", campaign=pen.title())),
        *([quote(asked)] if asked else []),
        facts(
            (pen.t("fact-step"), pen.step()),
            (pen.t("material-requested-until"), pen.day(pen.facts.get("until"))),
        ),
        paragraph(pen.t("material-requested-private")),
        button(pen.t("material-requested-button"), _asked_page(pen)),
    ]
    return _mail(pen, pen.t("material-requested-subject"), blocks)


def promise_broken(pen: Pen) -> Mail:
    what = pen.said("what")
    blocks = [
        pen.greeting(),
        paragraph(pen.t("promise-broken-intro", campaign=pen.title())),
        *([quote(what)] if what else []),
        facts(
            (pen.t("fact-step"), pen.step()),
            (pen.t("promise-broken-until"), pen.moment(pen.facts.get("until"))),
        ),
        paragraph(pen.t("promise-broken-next")),
        listed([pen.t("promise-broken-call"), pen.t("promise-broken-file")]),
        button(_own_button(pen), pen.own_page()),
    ]
    return _mail(pen, pen.t("promise-broken-subject"), blocks)


def deadline_near(pen: Pen) -> Mail:
    blocks = [
        pen.greeting(),
        paragraph(pen.t("deadline-near-intro", campaign=pen.title())),
        _deadline(pen),
        listed([pen.t("deadline-near-answered"), pen.t("deadline-near-silent")]),
        button(_own_button(pen), pen.own_page()),
    ]
    subject = pen.t("deadline-near-subject", day=pen.day(pen.facts.get("deadline")) or "")
    return _mail(pen, subject, blocks)


def deadline_lapsed(pen: Pen) -> Mail:
    blocks = [
        pen.greeting(),
        paragraph(pen.t("deadline-lapsed-intro", campaign=pen.title())),
        _deadline(pen),
        paragraph(pen.t("deadline-lapsed-next")),
        listed([pen.t("deadline-lapsed-answered"), pen.t("deadline-lapsed-escalate")]),
        button(_own_button(pen), pen.own_page()),
    ]
    return _mail(pen, pen.t("deadline-lapsed-subject"), blocks)


def invitation(pen: Pen) -> Mail:
    """To an address nobody has confirmed: without a word that a user typed."""
    role = "auditor" if pen.facts.get("role") == "auditor" else "organizer"
    blocks = [
        paragraph(pen.t("greeting")),
        paragraph(pen.t(f"invitation-{role}-intro", campaign=pen.problem_campaign())),
        paragraph(pen.t(f"invitation-{role}-what")),
        facts((pen.t("invitation-until"), pen.day(pen.facts.get("expires_on")))),
        button(pen.t("invitation-button"), pen.campaign_page("console")),
        paragraph(pen.t("invitation-how")),
    ]
    return Mail(pen.t(f"invitation-{role}-subject"), _present(blocks), pen.t("why-invitation"))


def _deadline(pen: Pen) -> Block:
    return facts(
        (pen.t("fact-step"), pen.step()),
        (pen.t("fact-last-day"), pen.day(pen.facts.get("deadline"))),
    )


def _own_button(pen: Pen) -> str:
    return pen.t("button-own-record") if pen.facts.get("own") else pen.t("button-console")


def _asked_page(pen: Pen) -> str:
    """A member who was asked by name answers in the own record, whoever filed."""
    return pen.campaign_page("me") if pen.facts.get("member") else pen.own_page()


def _mail(pen: Pen, subject: str, blocks: list[Block]) -> Mail:
    why = "why-own-filing" if pen.facts.get("own") or pen.facts.get("member") else "why-organizer"
    return Mail(subject, _present(blocks), pen.t(why, campaign=pen.title()), pen.stop_url())


def _present(blocks: list[Block]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.lines or block.pairs)
