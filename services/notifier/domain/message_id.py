"""The Message-ID of a mail: the same mail has the same one, however often it is sent."""

import hashlib


def message_id(event: str, recipient: str, kind: str, domain: str) -> str:
    digest = hashlib.sha256("\0".join((event, recipient, kind)).encode()).hexdigest()
    return f"<{digest[:40]}@{domain}>"
