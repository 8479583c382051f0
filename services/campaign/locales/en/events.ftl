### One sentence for each event of a campaign's history. $who: the first letters of a member's random id.

role-member = member
role-organizer = organizer
role-auditor = auditor
role-operator = operator
role-system = the system

campaign-drafted = A campaign is drafted: { $problem }, provider of kind { $provider_kind }, jurisdiction { $jurisdiction }; demands: { $demand_kinds }.
campaign-published = The campaign is published with demands version { $demand_version }.
campaign-revised = Title or summary are revised.
campaign-demands-revised = The demands are revised to version { $demand_version }: { $demand_kinds }.
campaign-organizer-invited = Another organizer is invited.
campaign-organizer-accepted = An invited organizer accepts.
campaign-organizer-removed = An organizer is removed.
campaign-auditor-invited = An auditor is invited until { $expires_on }.
campaign-auditor-removed = An auditor's access ends.
campaign-update-published = An update is published.
campaign-escalation-decided = It is decided to go on to step { $step }.{ $override ->
    [true] {" "}A precondition was overridden with a reason.
   *[other] {""}
 }
campaign-outcome-recorded = The outcome is recorded, by demand: { $results }.{ $paid ->
    [none] {""}
   *[other] {" "}Paid: { $paid }.
 }
campaign-experience-shared = An organizer shares an experience.
campaign-suspended = The campaign is suspended ({ $reason }).
campaign-resumed = The campaign goes on.
campaign-resolved = The campaign ends with an outcome.
campaign-closed = The campaign ends without an outcome.
campaign-content-removed = The words of event { $event } are removed ({ $reason }).

membership-joined = Member { $who } asks to join.
membership-confirmed = Member { $who } confirms and stands behind demands version { $demand_version }.
membership-claim-stated = Member { $who } states a claim ({ $problem }, { $remedy }){ $amount ->
    [none] .
   *[other] : { $amount } { $currency }.
 }
membership-consent-given = Member { $who } consents to { $to ->
    [demands] demands version { $demand_version }.
    [filing] the filing at step { $step }.
   *[other] being contacted.
 }
membership-contact-changed = Member { $who } changes their address.
membership-safety-step-taken = Member { $who } took urgent steps: { $steps }.
membership-outcome-rated = Member { $who } is { $satisfied ->
    [true] satisfied
   *[other] not satisfied
 } with the outcome.
membership-experience-shared = Member { $who } shares an experience.
membership-withdrew = Member { $who } leaves the campaign.
membership-invalidated = Membership { $who } no longer counts ({ $reason }).
membership-reinstated = Membership { $who } counts again.
membership-erasure-requested = Erasure of the data of { $who } is requested ({ $basis }).
membership-subject-erased = The data of { $who } is erased.
membership-erasure-completed = The erasure of { $who } is complete.

evidence-submitted = Member { $who } submits evidence ({ $kind }).
evidence-classified = Evidence of { $who } is classified as { $kind }.
evidence-reviewed = Evidence of { $who } is reviewed: { $verdict }.
evidence-redacted = A redacted copy of evidence of { $who } is added.
evidence-withdrawn = Member { $who } takes evidence back.

contact-logged = A contact at step { $step } is logged ({ $channel }) by { $role }.
contact-promise-recorded = A promise at step { $step } is recorded, due { $until }.
contact-promise-kept = A promise at step { $step } was kept.
contact-promise-broken = A promise at step { $step } was broken.

filing-prepared = A filing for step { $step } is prepared by { $role }.
filing-submitted = A filing at step { $step } is submitted on { $filed_on }{ $deadline ->
    [none] .
   *[other] , deadline { $deadline }.
 }
filing-receipt-recorded = A receipt for the filing at step { $step } is recorded on { $received_on }{ $deadline ->
    [none] .
   *[other] , deadline { $deadline }.
 }
filing-material-requested = More material is requested for the filing at step { $step }.
filing-material-given = Material is given for the filing at step { $step }.
filing-response-recorded = A response to the filing at step { $step } is recorded: { $verdict }.
filing-deadline-extended = The deadline of the filing at step { $step } is extended to { $deadline }.
filing-deadline-lapsed = The deadline { $deadline } of the filing at step { $step } passed without a response.
filing-escalated = The matter goes on from step { $step } to step { $to_step }.
filing-closed = The filing at step { $step } is closed ({ $reason }).

ballot-opened = A ballot with { $options } options opens, until { $until }.
ballot-closed = The ballot closes.
vote-cast = A vote is cast for option { $option }.

words-gone = [The words were removed.]
words-title = Title: { $value }
words-summary = Summary: { $value }
words-provider-name = Provider: { $value }
words-demand-texts = Demands: { $value }
words-body = Text: { $value }
words-text = Text: { $value }
words-reason = Reason: { $value }
words-note = Note: { $value }
words-statement = Statement: { $value }
words-override-reason = Reason for the override: { $value }
words-responder = From: { $value }
words-question = Question: { $value }
words-option-texts = Options: { $value }
