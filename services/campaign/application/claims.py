"""Use case: a member states the loss, with the facts of it."""

from services.campaign.application.case import Case, Decision, aware
from services.campaign.domain.base import DomainError
from services.contracts import commands_v1 as c


def state_claim(case: Case, command: c.StateClaim) -> Decision:
    """Stating again replaces. The problem may differ from the campaign's."""
    if command.problem not in case.desk.playbooks.problems:
        raise DomainError("problem-unknown", problem=command.problem)
    case.membership.state_claim(
        case.as_member(), problem=command.problem, remedy=command.remedy, happened=aware(command.happened, "happened"),
        amount=command.amount, currency=command.currency, private=command.private, reference=command.reference,
        details=command.details,
    )  # fmt: skip
    return Decision(changed=[case.membership])
