"""Mails to people about their own place in a campaign, and the news to all members."""

from __future__ import annotations

from services.notifier.rendering.desk import Pen
from services.notifier.rendering.mail import Block, Mail, alert, button, code, facts, heading, listed, paragraph, quote

SAFETY_STEPS = (
    "lock-account", "change-password", "call-support", "report-police", "watch-transactions", "enable-2fa",
)  # fmt: skip


def sign_in(pen: Pen) -> Mail:
    blocks = [
        paragraph(pen.t("greeting")),
        paragraph(pen.t("sign-in-intro")),
        button(pen.t("sign-in-button"), pen.link("sign-in")),
        *_code(pen),
        paragraph(pen.t("sign-in-not-you")),
    ]
    return _mail(pen, pen.t("sign-in-subject"), blocks, pen.t("why-sign-in"))


def confirmation(pen: Pen) -> Mail:
    """To an address nobody has confirmed: not one word in it that a user typed, not even a name."""
    if pen.facts.get("link") == "contact":
        return _new_address(pen)
    campaign = pen.problem_campaign()
    blocks = [
        paragraph(pen.t("greeting")),
        *_urgent(pen),
        paragraph(pen.t("confirmation-intro", campaign=campaign)),
        button(pen.t("confirmation-button"), pen.link("confirm")),
        *_code(pen),
        paragraph(pen.t("confirmation-counts")),
        paragraph(pen.t("confirmation-not-you")),
    ]
    return _mail(pen, pen.t("confirmation-subject"), blocks, pen.t("why-confirmation"))


def _new_address(pen: Pen) -> Mail:
    blocks = [
        paragraph(pen.t("greeting")),
        paragraph(pen.t("new-address-intro", campaign=pen.problem_campaign())),
        button(pen.t("new-address-button"), pen.link("contact")),
        paragraph(pen.t("new-address-not-you")),
    ]
    return _mail(pen, pen.t("new-address-subject"), blocks, pen.t("why-new-address"))


def already_joined(pen: Pen) -> Mail:
    blocks = [
        paragraph(pen.t("greeting")),
        *_urgent(pen),
        paragraph(pen.t("already-joined-intro", campaign=pen.problem_campaign())),
        button(pen.t("button-own-record"), pen.campaign_page("me")),
        paragraph(pen.t("already-joined-not-you")),
    ]
    return _mail(pen, pen.t("already-joined-subject"), blocks, pen.t("why-already-joined"))


def welcome(pen: Pen) -> Mail:
    blocks = [
        pen.greeting(),
        *_urgent(pen),
        paragraph(pen.t("welcome-intro", campaign=pen.title())),
        heading(pen.t("next-steps")),
        listed([pen.t("welcome-claim"), pen.t("welcome-evidence"), pen.t("welcome-contacts")]),
        button(pen.t("button-own-record"), pen.campaign_page("me")),
        paragraph(pen.t("welcome-leave")),
    ]
    return _mail(pen, pen.t("welcome-subject"), blocks, _why_member(pen))


def safety_record(pen: Pen) -> Mail:
    taken = [step for step in SAFETY_STEPS if step in pen.facts.get("steps", ())]
    left = [step for step in SAFETY_STEPS if step not in taken]
    blocks = [
        pen.greeting(),
        paragraph(pen.t("safety-record-intro")),
        heading(pen.t("safety-record-taken")),
        listed([pen.t(f"safety-{step}") for step in taken]),
    ]
    if left:
        blocks += [
            heading(pen.t("safety-record-left")),
            listed([pen.t(f"safety-{step}") for step in left]),
        ]
    blocks += [paragraph(pen.t("safety-record-keep")), button(pen.t("button-own-record"), pen.campaign_page("me"))]
    return _mail(pen, pen.t("safety-record-subject"), blocks, _why_member(pen))


def evidence_more_needed(pen: Pen) -> Mail:
    note = pen.said("note")
    blocks = [
        pen.greeting(),
        paragraph(pen.t("evidence-more-needed-intro", campaign=pen.title())),
        *([quote(note)] if note else []),
        paragraph(pen.t("evidence-more-needed-next")),
        button(pen.t("evidence-more-needed-button"), pen.campaign_page("me")),
    ]
    return _mail(pen, pen.t("evidence-more-needed-subject"), blocks, _why_member(pen))


def erasure_done(pen: Pen) -> Mail:
    blocks = [
        paragraph(pen.t("greeting")),
        paragraph(pen.t("erasure-done-intro", campaign=pen.problem_campaign())),
        listed([pen.t("erasure-done-gone"), pen.t("erasure-done-stays"), pen.t("erasure-done-address")]),
    ]
    return _mail(pen, pen.t("erasure-done-subject"), blocks, pen.t("why-erasure-done"))


def update(pen: Pen) -> Mail:
    title, body = pen.said("title"), pen.said("body")
    blocks = [
        pen.greeting(),
        paragraph(pen.t("update-intro", campaign=pen.title())),
        *([heading(title)] if title else []),
        quote(body) if body else paragraph(pen.t("words-gone")),
        button(pen.t("button-campaign"), pen.campaign_page()),
    ]
    subject = pen.t("update-subject-titled", title=title) if title else pen.t("update-subject")
    return _mail(pen, subject, blocks, _why_member(pen))


def demands_revised(pen: Pen) -> Mail:
    demands = [str(text) for text in pen.words.get("demand_texts", ())]
    blocks = [
        pen.greeting(),
        paragraph(pen.t("demands-revised-intro", campaign=pen.title())),
        listed(demands) if demands else paragraph(pen.t("words-gone")),
        paragraph(pen.t("demands-revised-consent")),
        button(pen.t("demands-revised-button"), pen.campaign_page("me")),
    ]
    return _mail(pen, pen.t("demands-revised-subject"), blocks, _why_member(pen))


def ballot_opened(pen: Pen) -> Mail:
    question, options = pen.said("question"), [str(text) for text in pen.words.get("option_texts", ())]
    blocks = [
        pen.greeting(),
        paragraph(pen.t("ballot-opened-intro", campaign=pen.title())),
        heading(question) if question else paragraph(pen.t("words-gone")),
        listed(options),
        facts((pen.t("ballot-opened-until"), pen.moment(pen.facts.get("until")))),
        paragraph(pen.t("ballot-opened-secret")),
        button(pen.t("ballot-opened-button"), pen.campaign_page("me")),
    ]
    return _mail(pen, pen.t("ballot-opened-subject"), blocks, _why_member(pen))


def outcome(pen: Pen) -> Mail:
    texts = list(pen.letter.campaign_words.get("demand_texts", ()))
    results = dict(pen.facts.get("results", {}))
    lines = [
        pen.t(
            "outcome-line",
            demand=str(texts[int(place) - 1]) if int(place) <= len(texts) else pen.t("outcome-demand", place=place),
            verdict=pen.t(f"verdict-{results[place]}"),
        )
        for place in sorted(results, key=int)
    ]
    note = pen.said("note")
    blocks = [
        pen.greeting(),
        paragraph(pen.t("outcome-intro", campaign=pen.title())),
        listed(lines),
        facts(
            (pen.t("outcome-offered"), pen.money(pen.facts.get("offered"))),
            (pen.t("outcome-paid"), pen.money(pen.facts.get("paid"))),
        ),
        *([quote(note)] if note else []),
        paragraph(pen.t("outcome-rate")),
        button(pen.t("outcome-button"), pen.campaign_page("me")),
    ]
    return _mail(pen, pen.t("outcome-subject"), blocks, _why_member(pen))


def _code(pen: Pen) -> list[Block]:
    shown = pen.facts.get("code")
    return [paragraph(pen.t("code-intro")), code(str(shown))] if shown else []


def _urgent(pen: Pen) -> list[Block]:
    """Where money is going, the urgent steps come before anything else."""
    steps = pen.urgent()
    return [alert(pen.t("urgent-title"), tuple(steps))] if steps else []


def _why_member(pen: Pen) -> str:
    return pen.t("why-member", campaign=pen.title())


def _mail(pen: Pen, subject: str, blocks: list[Block], why: str) -> Mail:
    return Mail(subject, tuple(block for block in blocks if block.lines or block.pairs), why, pen.stop_url())
