"""The words a scenario may use, as lists: roles, kinds, fields of progress, kinds of mail, warnings."""

from __future__ import annotations

from typing import Final

ROLES: Final = ("organizer", "member", "auditor")
LOCALES: Final = ("zh-CN", "en")
JURISDICTIONS: Final = ("cn", "uk", "eu", "us", "in", "hk", "sg")
PROVIDER_KINDS: Final = ("payment-institution", "bank", "other")
DEMAND_KINDS: Final = (
    "refund", "compensate", "apologise", "unfreeze", "correct", "explain", "fix", "delete", "fee_back",
)  # fmt: skip
EVIDENCE_KINDS: Final = (
    "transaction-record", "screenshot", "communication", "recording", "contract", "identity", "other",
)  # fmt: skip
CHANNELS: Final = ("hotline", "branch", "web", "app", "email", "letter", "social")
SAFETY_STEPS: Final = (
    "lock-account", "change-password", "call-support", "report-police", "watch-transactions", "enable-2fa",
)  # fmt: skip
REVIEW_VERDICTS: Final = ("accepted", "rejected", "more-needed")
REJECTIONS: Final = ("unreadable", "unrelated", "incomplete", "duplicate", "edited", "names-others", "other")
RESULTS: Final = ("met", "partly", "refused")
CAMPAIGN_STATES: Final = ("draft", "open", "suspended", "resolved", "closed")
FILING_STATES: Final = ("prepared", "open", "lapsed", "answered", "closed")
WARNINGS: Final = (
    "account-theft-urgent-steps", "earlier-step-first", "one-body-at-a-time", "individual-or-power-of-attorney",
    "evidence-missing", "consent-missing",
)  # fmt: skip
MAIL_KINDS: Final = (
    "sign-in", "confirmation", "already-joined", "welcome", "safety-record", "evidence-more-needed",
    "material-requested", "promise-broken", "deadline-near", "deadline-lapsed", "demands-revised", "ballot-opened",
    "update", "outcome", "erasure-done", "invitation",
)  # fmt: skip
PROGRESS_FIELDS: Final = (
    "members_confirmed", "members_pending", "members_withdrawn", "members_invalidated", "claims", "claimed",
    "claims_by_problem", "evidence_submitted", "evidence_accepted", "filings", "step", "next_deadline",
    "demand_version", "demand_kinds", "backing", "results", "offered", "paid", "recovery", "satisfied", "unsatisfied",
    "ballots", "promises", "feed", "growth", "state", "problem", "provider_kind", "jurisdiction", "timezone",
    "size", "time",
)  # fmt: skip
