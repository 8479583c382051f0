# 接口说明页。
reference-title = 接口说明
reference-lead = 公开进展无需登录；其他操作请先用邮件中的链接登录，并在请求中附上会话令牌。时间须带时差，金额用文本，未列出的字段会被拒绝。
reference-signed-in = 需要登录。
reference-open = 任何人都可使用。
reference-parameters = 参数
reference-required = 必填
reference-body = 正文
reference-answers = 回应
