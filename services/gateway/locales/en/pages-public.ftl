# Public pages
home-title = Money gone, account locked? You are not alone.
home-lead = Chorus brings people with the same wallet or payment problem together: evidence collected, the right channel, deadlines watched, until there is an answer and the money is back.
home-search = See who else has this
home-urgent-title = Account just stolen or locked?
home-urgent = First take a few minutes to stop the loss; complain after that.
home-which = What happened to you?
home-newest = Newest campaigns
home-how = How it goes
home-how-1 = Join
home-how-1-told = With an e-mail address and a name to call you. Neither is ever public.
home-how-2 = Keep evidence
home-how-2-told = Screenshots, statements and calls go into your private record, which shows what is missing.
home-how-3 = Go up step by step
home-how-3-told = Whom to write to, what to write, by when they must answer: all spelled out.
search-title = Who else has this problem?
search-words = Words
search-any = Any
search-button = Search
search-none = Nobody has started one yet
search-none-told = Try other words; or start one yourself, in minutes.
join-me-too = This happened to me too: join
my-record = My record
campaign-shut-draft = Not published yet; nobody can join.
campaign-shut-suspended = Suspended by the operator; joining is not possible now.
campaign-shut-resolved = It ended with an outcome; joining is no longer possible.
campaign-shut-closed = It has ended; joining is no longer possible.
demands-title = What we ask for
backing = Version { $version } of the demands: { $n } { $n ->
    [one] member stands
   *[other] members stand
} behind it
outcome-title = Outcome
rated = Members' view: { $yes } satisfied, { $no } not
timeline-title = What has happened
timeline-none = No public news yet.
growth-title = How it grew
growth-desc = From { $first } to { $last } the confirmed members grew to { $n }.
growth-picture = As a picture, to embed
growth-table = Show as a table
experiences-title = Experiences
as-of = From the first { $size } records of the public history
ladder-title = Where we are
we-are-here = We are here
share-title = Tell others who have this
qr-alt = QR code of this page
share-told = Copy this text
share-text = “{ $title }”: if this happened to you too, complain together; names and addresses stay private. { $link }
check-title = Check and follow
history-title = Public history
history-lead = Every join, piece of evidence and escalation is a record that nobody can rewrite. Replay to any moment and see the numbers of then.
history-button = Replay to this moment
history-now = See now
history-events = Records
history-then = The numbers of then
history-fields = Public fields
verify-title = Check it yourself
verify-1 = Download the whole public history (ZIP)
verify-2 = Run offline:
verify-3 = It checks the signatures and every record, and recomputes every number shown here.
urgent-title = Do this first
urgent-print = Open the urgent steps for printing
urgent-page-title = Urgent steps
urgent-page-lead = Stop the loss first, complain after. In this order; note the time, the names and the numbers you are given.
playbook-title = Escalation playbook: { $name }
playbook-lead = From the provider to regulators, mediation and courts, step by step. As of { $day }; check for yourself what is marked “Not verified”.
playbook-deadlines = Time limits
playbook-details = Whom, with what, on what ground
playbook-who = Who may use it
playbook-contact = How to reach it
playbook-preconditions = What comes before
playbook-law = Law
playbook-evidence_demanded = Evidence asked for
playbook-outcome = What it can give
playbook-note = Notes
playbook-letter = Letter
playbook-hotlines = Hotlines
playbook-facts = Good to know
playbook-sources = Sources
filer-collective = Collective
filer-own = Own
unit-hour = { $n } { $n ->
    [one] hour
   *[other] hours
}
unit-calendar_day = { $n } { $n ->
    [one] day
   *[other] days
}
unit-working_day = { $n } working { $n ->
    [one] day
   *[other] days
}
unit-month = { $n } { $n ->
    [one] month
   *[other] months
}
unit-week = { $n } { $n ->
    [one] week
   *[other] weeks
}
unit-year = { $n } { $n ->
    [one] year
   *[other] years
}
label-size = Number of records
hint-size = For example 100: the first 100 records only
label-time = Or a moment
label-q = Words
label-problem = Kind of problem
event-campaign-drafted = Campaign drafted
event-campaign-published = Campaign published
event-campaign-revised = Words revised
event-campaign-demands-revised = Demands revised
event-campaign-organizer-invited = Organizer invited
event-campaign-organizer-accepted = Organizer accepted
event-campaign-organizer-removed = Organizer removed
event-campaign-auditor-invited = Auditor invited
event-campaign-auditor-removed = Auditor removed
event-campaign-update-published = Update published
event-campaign-escalation-decided = Escalation decided
event-campaign-outcome-recorded = Outcome recorded
event-campaign-suspended = Suspended
event-campaign-resumed = Resumed
event-campaign-resolved = Resolved
event-campaign-closed = Closed
event-campaign-content-removed = Words removed
event-campaign-experience-shared = Experience shared
event-membership-joined = A member joined
event-membership-member-joined = A member joined
event-membership-confirmed = A member confirmed
event-membership-member-confirmed = A member confirmed
event-membership-claim-stated = A claim was stated
event-membership-consent-given = Consent given
event-membership-contact-changed = Contact changed
event-membership-safety-step-taken = Safety steps taken
event-membership-outcome-rated = Outcome rated
event-membership-experience-shared = Experience shared
event-membership-withdrew = A member left
event-membership-member-withdrew = A member left
event-membership-invalidated = A membership was marked invalid
event-membership-reinstated = A membership was reinstated
event-membership-erasure-requested = Erasure requested
event-membership-subject-erased = Erased
event-membership-erasure-completed = Erasure completed
event-evidence-submitted = Evidence submitted
event-evidence-classified = Evidence classified
event-evidence-reviewed = Evidence reviewed
event-evidence-redacted = Evidence redacted
event-evidence-withdrawn = Evidence withdrawn
event-contact-logged = Contact logged
event-contact-promise-recorded = Promise recorded
event-contact-promise-kept = Promise kept
event-contact-promise-broken = Promise broken
event-filing-prepared = Filing prepared
event-filing-submitted = Filing submitted
event-filing-receipt-recorded = Receipt recorded
event-filing-material-requested = Material requested
event-filing-material-given = Material given
event-filing-response-recorded = Response recorded
event-filing-deadline-extended = Deadline extended
event-filing-deadline-lapsed = Deadline lapsed
event-filing-escalated = Escalated
event-filing-closed = Filing closed
event-ballot-opened = Ballot opened
event-ballot-closed = Ballot closed
event-vote-cast = Vote cast
