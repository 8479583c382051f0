# Everywhere
greeting = Hello,
greeting-named = Hello { $name },
and = {" "}and{" "}
campaign-titled = “{ $title }”
campaign-about = campaign about “{ $problem }”
campaign-plain = this campaign
urgent-title = Please do these things first, as soon as you can
next-steps = What you can do next
button-own-record = Open my record
button-console = Open the console
button-campaign = See the campaign
button-or-copy = If the button does not work, copy this address into your browser:
words-gone = These words are no longer public.
code-intro = If you open the link on another device, the page asks for this code:
fact-step = Step
fact-last-day = Last day
foot-sender = Sent automatically by { $sender }. No reply is needed.
foot-stop = Stop progress mails of this campaign

why-sign-in = You get it because somebody asked to sign in with this address.
why-confirmation = You get it because somebody asked to join a campaign with this address.
why-new-address = You get it because a member wants to be reached at this address.
why-already-joined = You get it because somebody asked again to join with this address.
why-member = You get it because you are a member of { $campaign }.
why-own-filing = You get it because you have a complaint or material of your own in { $campaign }.
why-organizer = You get it because you are an organizer of { $campaign }.
why-invitation = You get it because somebody invited this address to help with a campaign.
why-erasure-done = This is the last mail about this campaign.

# Signing in
sign-in-subject = Your sign-in link
sign-in-intro = Open the sign-in link below, then confirm on the page that opens. The link works once, within ten minutes.
sign-in-button = Sign in
sign-in-not-you = If you did not ask for it, do nothing: nobody can sign in without this mail.

# Confirming
confirmation-subject = Please confirm that you join
confirmation-intro = Somebody asked to join a { $campaign } with this address. Please confirm that it was you; only then are you counted.
confirmation-button = Confirm
confirmation-counts = You then get a record of your own, where you state your loss, add evidence and can leave at any time. The link works for seven days.
confirmation-not-you = If it was not you, do nothing: this address is not counted and gets no news.

new-address-subject = Please confirm your new address
new-address-intro = A member of a { $campaign } wants to be reached at this address from now on.
new-address-button = Confirm the new address
new-address-not-you = If it was not you, do nothing: nothing changes.

already-joined-subject = You have already joined
already-joined-intro = Somebody asked again to join a { $campaign } with this address. You are a member already: there is nothing to do, and you are counted once.
already-joined-not-you = If it was not you, do not worry: whoever it was cannot see whether you had joined.

# Members
welcome-subject = You have joined: your next steps
welcome-intro = You have joined { $campaign }. From now on you are counted.
welcome-claim = Write down your loss: what happened, when, how much.
welcome-evidence = Add evidence: statements, screenshots, chats with support. Originals are kept encrypted; only you, organizers and auditors see them.
welcome-contacts = When you talk to support, note the time, the staff number and what was promised.
welcome-leave = You can leave at any time, or have your personal data erased; both are on your record's page.

safety-record-subject = Your safety steps are recorded
safety-record-intro = The safety steps you just noted are in your record. Keep this mail too: it may help to show that you acted in time.
safety-record-taken = Done
safety-record-left = Not done yet; best done soon
safety-record-keep = Keep the police receipt, ticket numbers and the like. What you do later can be added.
safety-lock-account = Lock or freeze the account
safety-change-password = Change the password
safety-call-support = Call the official support
safety-report-police = Report to the police
safety-watch-transactions = Watch for further transactions
safety-enable-2fa = Turn on two-factor sign-in

evidence-more-needed-subject = Your evidence needs something more
evidence-more-needed-intro = An organizer of { $campaign } looked at a piece of your evidence and asks for more:
evidence-more-needed-next = The first file is kept; please add what is missing as another one.
evidence-more-needed-button = Add evidence

material-requested-subject = Material is needed from you
material-requested-intro = This material is needed in { $campaign }:
material-requested-until = Please by
material-requested-private = It is kept encrypted and is never public. Please give only what is asked for.
material-requested-button = Give the material

erasure-done-subject = Your personal data has been erased
erasure-done-intro = Your personal data in a { $campaign } has been erased, as you asked.
erasure-done-gone = Gone: name, address, your account of the loss, evidence files and notes. The keys that sealed them are destroyed.
erasure-done-stays = Still there: counts and a history without personal data, so public numbers do not change and can still be verified.
erasure-done-address = Once this mail has left, your address is gone from the mail system too.

# News to all members
update-subject = An update
update-subject-titled = Update: { $title }
update-intro = There is an update on { $campaign }:

demands-revised-subject = The demands have changed: do you stand behind them?
demands-revised-intro = { $campaign } now demands:
demands-revised-consent = Your earlier consent was for the former version. Whether you support the new one is for you to decide; you stay a member either way.
demands-revised-button = Look and decide

ballot-opened-subject = Please vote
ballot-opened-intro = { $campaign } asks its members:
ballot-opened-until = Open until
ballot-opened-secret = Votes are secret: nobody sees who voted for what, and everybody can recount the total.
ballot-opened-button = Vote

outcome-subject = There is an outcome
outcome-intro = An outcome of { $campaign } has been recorded:
outcome-line = { $demand }: { $verdict }
outcome-demand = Demand { $place }
outcome-offered = Offered
outcome-paid = Paid
outcome-rate = Are you satisfied with it? Your answer counts in the public figures, without your name.
outcome-button = Rate the outcome
verdict-met = met
verdict-partly = partly met
verdict-refused = refused

# Promises and deadlines
promise-broken-subject = A promise was not kept
promise-broken-intro = In { $campaign } you recorded a promise. Its time has passed, and nothing shows that it was kept:
promise-broken-until = Promised by
promise-broken-next = What you can do next:
promise-broken-call = If it was kept after all, record the contact or the answer.
promise-broken-file = If not, keep the record: it supports a formal complaint as the next step.

deadline-near-subject = A deadline is near: { $day }
deadline-near-intro = In { $campaign }, the time to answer your complaint is nearly over:
deadline-near-answered = If you have an answer, record it now; the clock then stops.
deadline-near-silent = If not, there is nothing to do: when the time is over it is recorded by itself, and you are told.

deadline-lapsed-subject = The deadline has passed without an answer
deadline-lapsed-intro = In { $campaign }, the time to answer your complaint is over. That is now part of the public history:
deadline-lapsed-next = What you can do next:
deadline-lapsed-answered = If there was an answer after all, record it.
deadline-lapsed-escalate = If not, you can go on to the next step; the missed deadline is your ground.

# Invitations
invitation-organizer-subject = You are invited to lead a campaign together
invitation-organizer-intro = Somebody invites you to help lead a { $campaign }.
invitation-organizer-what = Organizers see the evidence that members submit, record complaints and answers, and publish updates. They never see a member's address.
invitation-auditor-subject = You are invited to audit a campaign
invitation-auditor-intro = Somebody invites you to audit a { $campaign }.
invitation-auditor-what = An auditor sees all records and can change nothing; what you open is recorded, too.
invitation-until = Valid until
invitation-button = Open
invitation-how = Sign in with the address that got this mail. If you do not know who invited you, do nothing.
