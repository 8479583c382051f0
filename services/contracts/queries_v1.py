"""Queries that campaign answers: name -> arguments and shape of the answer (JSON values; ids as text, times RFC 3339).

Who may ask is decided by campaign from the caller: `public` anyone, `member` of one's own record, `staff` organizers and
auditors of that campaign, `internal` the other services only (never through the public API).
A campaign, member, evidence or filing that the caller may not see is answered like a missing one: `not-found`.
"""

from typing import Final

QUERIES: Final[dict[str, str]] = {
    # public
    "casework": "public () -> {jurisdictions: [{id, name{zh,en}, currency, timezone, steps: [{id, name{zh,en}, kind, "
    "filers}]}], problems: [{id, name{zh,en}, urgent{zh,en}, evidence: [{text{zh,en}, kinds}], demands: [kind], "
    "route: {jurisdiction: [step]}}]}",
    "playbook": "public (jurisdiction) -> the whole ladder with its facts, sources and marks, both languages",
    "join-page": "public (campaign) -> {campaign, state, title, summary, provider{name,kind}, problem, demands: "
    "[{kind,text}], demand_version, jurisdiction, timezone, locale, warnings: [{topic, text{zh,en}}], urgent{zh,en}|null}",
    "experiences": "public (campaign) -> [{by: member|organizer, text, day}]",
    "replay": "public (campaign, size|null, time|null, after=0, limit=200) -> {size, time, progress: <document>, events: "
    "[{index, id, type, time, actor_role, data, text{name: value}|null}], next|null}",
    # whoever is signed in
    "my-campaigns": "member () -> [{campaign, title, state, roles: [organizer|auditor|member], member_state|null}]",
    "my-record": "member (campaign) -> {subject, state, name, email, locale, joined_at, demand_version, "
    "current_demand_version, consents: [..], claim|null {problem, remedy, happened, amount, currency, private, reference, "
    "details, stated_at}, safety: [{steps, at}], urgent{zh,en}|null, evidence: [{evidence, kind, file_name, media_type, size, "
    "digest, captured, note, state, review_note, redacted, submitted_at}], contacts: [contact], filings: [filing], "
    "materials: [material], ballots: [ballot], rating|null {satisfied, text}, "
    "checklist: [{text{zh,en}, kinds, satisfied}], steps: [{step, name, state, reason|null}]}",
    # staff of one campaign
    "console": "staff (campaign) -> {campaign, version, state, role, actor, title, summary, provider, problem, demands, "
    "demand_version, jurisdiction, timezone, step, organizers: [{organizer, name|null, state}], auditors: [{auditor, name, "
    "expires_on}], steps: [{step, name{zh,en}, state: done|open|available|blocked, reason|null, warnings: [topic], "
    "deadlines}], to_review: n, due: [{what, filing|promise, step, on}], counts: {members, pending, evidence, filings}}",
    "members": "staff (campaign, after|null, limit=50) -> {items: [{subject, name, state, joined_at, demand_version, claim|null, "
    "evidence: n, accepted: n}], next|null}; never an address",
    "evidence": "staff (campaign, state|null, after|null, limit=50) -> {items: [{evidence, subject, member_name, kind, "
    "file_name, media_type, size, captured, note, state, review_note, redacted, submitted_at}], next|null}",
    "contacts": "staff or member (campaign) -> [{contact, step, channel, agent, staff_number, said, at, by: own|collective, "
    "logger, promises: [{promise, what, until, state}]}] (a member sees own ones)",
    "filings": "staff or member (campaign) -> [{filing, step, name{zh,en}, by, filer, statement, state, filed_on, receipt|null, "
    "received_on|null, deadline|null, override_reason|null, warnings: [topic], response|null {verdict, responder, text, on}, "
    "materials: [{request, asked, member|null, until|null, given: [evidence]}], version}]",
    "ballots": "staff or member (campaign) -> [{ballot, question, options: [text], until, state, counts: [n]|null while open, "
    "voted: bool, receipt|null}]",
    "check": "staff or member (campaign, act: file|escalate|join, step|null, by) -> {refusal|null, warnings: [{topic, "
    "text{zh,en}}], deadline|null}; what would be said before the act",
    # internal
    "content": "internal (event_ids: [id]) -> {event_id: {field: value}}; public words still there",
    "recipients": "internal (campaign, asks: [{recipient: subject|organizer|auditor id, event: id|null, link: confirm|sign-in|"
    "unsubscribe|null}]) -> [{email, name, locale, token|null, words: {field: value}} or null when gone]; `words` are the "
    "disclosures of the event when the recipient may read them",
}
