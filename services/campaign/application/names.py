"""Public words name no member: the check that every text passes before it is published."""

from services.campaign.application.case import Case
from services.campaign.domain.base import DomainError
from services.campaign.domain.values import NameFinder


def refuse_names(case: Case, *texts: str | None) -> None:
    """Raises DomainError `names-a-member` when a text holds a member's name, or surname with an honorific."""
    words = "\n".join(text for text in texts if text)
    if not words:
        return
    case.desk.views.fresh()
    if NameFinder(words).finds_any(case.desk.views.member_names(case.campaign.id)):
        raise DomainError("names-a-member")
