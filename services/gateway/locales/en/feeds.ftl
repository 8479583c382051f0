# Public entries: a title and a sentence each.
entry-campaign-published-title = Campaign published
entry-campaign-published-sentence = The campaign is public; whoever has the same problem can join.
entry-campaign-demands-revised-title = Demands revised (version { $version })
entry-campaign-demands-revised-sentence = The organizers revised the demands; members are asked anew whether they stand behind them.
entry-campaign-escalation-decided-title = Escalation decided: { $step }
entry-campaign-escalation-decided-sentence = With { $members ->
    [one] one member
   *[other] { $members } members
  }, the next step is: { $step }.
entry-campaign-update-published-title = Update: { $title }
entry-campaign-update-published-sentence = The organizers tell how things stand.
entry-campaign-outcome-recorded-title = Outcome recorded
entry-campaign-outcome-recorded-sentence = Claimed: { $claimed }. Offered: { $offered }. Paid: { $paid }.
entry-campaign-resolved-title = Campaign resolved
entry-campaign-resolved-sentence = It ended with an outcome. Members: { $members }, claims: { $claims }.
entry-campaign-closed-title = Campaign closed
entry-campaign-closed-sentence = It ended without an outcome. Members: { $members }.
entry-filing-submitted-title = Filed: { $step }
entry-filing-submitted-sentence = A collective complaint was handed in. Members: { $members }.
entry-filing-receipt-recorded-title = Taken up: { $step }
entry-filing-receipt-recorded-sentence = There is a receipt number. { $deadline ->
    [none] No time limit is set.
   *[other] An answer is due by { $deadline }.
  }
entry-filing-response-recorded-title = Answered: { $step }
entry-filing-response-recorded-sentence = { $verdict ->
    [met] The demands were met.
    [partly] The demands were met in part.
    [refused] The demands were refused.
   *[other] An answer came.
  }
entry-filing-deadline-lapsed-title = Deadline passed: { $step }
entry-filing-deadline-lapsed-sentence = No answer came in time.
entry-ballot-opened-title = Members are asked: { $question }
entry-ballot-opened-sentence = Members can vote.
entry-ballot-closed-title = Ballot closed
entry-ballot-closed-sentence = Members see the result in their records.
entry-other-title = News
entry-other-sentence = Members: { $members }, claims: { $claims }.
entry-override-reason = Why an earlier step was skipped: { $said }
