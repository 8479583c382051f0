"""The README.txt inside every export: how a stranger checks it by hand."""

from typing import Final

_TEXT: Final = """Chorus: public history of campaign {campaign}
Leaves: {size}

What this is
  manifest.json   format, campaign, number of leaves, length and SHA-256 of every other part
  leaves.jsonl    every event since the beginning, one leaf a line, in the order of the log (line 1 is index 0)
  content.jsonl   the public words of events: disclosures (base64url) by event id
  progress.json   the public numbers; "origin" tells whether they are those that were published
  schemas/        JSON Schema of each event type

A leaf is canonical JSON (RFC 8785). "data" holds the clear fields. Everything personal, and all words, stand in it
only as salted SHA-256 digests ("_sd", RFC 9901); some digests are decoys. Numbers follow from clear fields alone.

Check it with Chorus (any installation, offline)
  chorus audit verify FILE.zip
  chorus audit replay FILE.zip --at 100

Check it by hand
  1. Parts are whole: compare with manifest.json
       unzip -p FILE.zip leaves.jsonl | sha256sum
       unzip -p FILE.zip manifest.json
  2. No leaf is missing: as many lines as the manifest says, "n" counts 1, 2, 3 ... in each stream
       unzip -p FILE.zip leaves.jsonl | wc -l
  3. Words are those that were committed to: the digest of a disclosure stands in the leaf's "_sd"
       printf %s DISCLOSURE | openssl dgst -sha256 -binary | basenc --base64url | tr -d =
     and the disclosure itself reads ["salt","field",value]:
       printf %s DISCLOSURE | basenc --base64url -d 2>/dev/null
  4. Words that are missing were removed by a later campaign.content_removed that names their event.
  5. Count yourself, for example those who confirmed:
       unzip -p FILE.zip leaves.jsonl | grep -c '"type":"membership.confirmed"'

What this cannot prove: that a member is a real person, that what people say is true, that nothing was kept from
the log before it was written.


中文说明
  本压缩包是该集体投诉的全部公开历史。leaves.jsonl 每行一个事件;个人信息与文字只以加盐摘要出现,
  content.jsonl 是公开文字的披露值;progress.json 是公开数字,可由事件逐条重算。
  离线核验:chorus audit verify FILE.zip;回放:chorus audit replay FILE.zip --at 100。
  手工核验:用 sha256sum 对照 manifest.json;对披露值求 SHA-256 并转 base64url,应出现在事件的 "_sd" 中;
  缺失的文字须由之后的 campaign.content_removed 事件说明。
"""


def text(campaign: str, size: int) -> str:
    return _TEXT.format(campaign=campaign, size=size)
