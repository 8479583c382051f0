mailbox-title = Mailbox of this machine
mailbox-note = All mails of this local run; none was sent to anybody.
mailbox-other-language = 中文
mailbox-other-locale = zh-CN
mailbox-to = To
mailbox-find = Find
mailbox-count = { $count ->
    [one] One mail
   *[other] { $count } mails, newest first
}
mailbox-back = All mails
mailbox-kind = Kind
mailbox-date = Time
mailbox-links = Links in it
mailbox-as-shown = As it is shown
mailbox-as-text = Plain text
