"""Event type to what it changes in the read models: the one table; a type that is not here stops the projector."""

from services.campaign.readmodels.effects import ballots, campaigns, casework, members
from services.campaign.readmodels.effects.entry import Effect

EFFECTS: dict[str, Effect] = {**campaigns.EFFECTS, **members.EFFECTS, **casework.EFFECTS, **ballots.EFFECTS}
