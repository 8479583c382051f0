# The page about the API.
reference-title = The API
reference-lead = Public progress needs no sign-in. For everything else sign in by the link that is mailed to you and send the session token along. Times carry an offset, money is text, and fields that are not listed are refused.
reference-signed-in = Needs a session.
reference-open = Open to anyone.
reference-parameters = Parameters
reference-required = required
reference-body = Body
reference-answers = Answers
