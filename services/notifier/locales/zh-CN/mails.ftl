# 通用
greeting = 您好：
greeting-named = { $name }，您好：
and = 、
campaign-titled = “{ $title }”
campaign-about = 关于“{ $problem }”的集体投诉
campaign-plain = 这项集体投诉
urgent-title = 请先做这几件事，越快越好
next-steps = 接下来可以做的
button-own-record = 打开我的记录
button-console = 打开组织台
button-campaign = 查看投诉页面
button-or-copy = 按钮打不开时，请把下面的地址复制到浏览器：
words-gone = 这段文字已不再公开。
code-intro = 如果是在另一台设备上打开，页面会要您输入这个验证码：
fact-step = 步骤
fact-last-day = 时限的最后一天
foot-sender = 这封邮件由 { $sender } 自动发出，无需回复。
foot-stop = 不再接收这项投诉的进展邮件

why-sign-in = 您收到它，是因为有人用这个地址请求登录。
why-confirmation = 您收到它，是因为有人用这个地址申请加入一项集体投诉。
why-new-address = 您收到它，是因为一名成员想把联系邮箱改为这个地址。
why-already-joined = 您收到它，是因为有人用这个地址再次申请加入。
why-member = 您收到它，是因为您是{ $campaign }的成员。
why-own-filing = 您收到它，是因为您在{ $campaign }中有自己的投诉或材料。
why-organizer = 您收到它，是因为您是{ $campaign }的发起人。
why-invitation = 您收到它，是因为有人用这个地址邀请您协助一项集体投诉。
why-erasure-done = 这是与这项集体投诉有关的最后一封邮件。

# 登录
sign-in-subject = 您的登录链接
sign-in-intro = 打开下面的登录链接，再在页面上确认，即可登录。链接十分钟内有效，只能用一次。
sign-in-button = 登录
sign-in-not-you = 如果不是您本人请求的，不必理会：没有这封邮件，谁也登录不了。

# 确认加入
confirmation-subject = 请确认加入集体投诉
confirmation-intro = 有人用这个邮箱申请加入一项{ $campaign }。请确认是您本人，这样您才会被计入人数。
confirmation-button = 确认加入
confirmation-counts = 确认后您会得到自己的记录页，在那里填写损失、上传证据、随时退出。链接七天内有效。
confirmation-not-you = 如果不是您本人，不必理会，这个地址不会被计入，也不会再收到进展。

new-address-subject = 请确认新的联系邮箱
new-address-intro = 一项{ $campaign }的一名成员想把联系邮箱改为这个地址。
new-address-button = 确认新邮箱
new-address-not-you = 如果不是您本人，不必理会，什么都不会改变。

already-joined-subject = 您已经加入了这项集体投诉
already-joined-intro = 有人用这个邮箱再次申请加入一项{ $campaign }。您早已是成员，不必再做什么，人数也不会重复计算。
already-joined-not-you = 如果不是您本人操作，也不必担心：对方看不到您是否已加入。

# 成员
welcome-subject = 您已加入，这里是接下来的几步
welcome-intro = 您已加入{ $campaign }，从现在起被计入人数。
welcome-claim = 写下您的损失：发生了什么、什么时候、多少钱。
welcome-evidence = 上传证据：账单、截图、与客服的聊天记录。原件会加密保存，只有您、发起人和审计能看到。
welcome-contacts = 和客服联系时，记下时间、工号和对方的承诺。
welcome-leave = 您随时可以退出，也可以要求删除个人信息，都在您的记录页上。

safety-record-subject = 您的应急措施已记录
safety-record-intro = 您刚才记下的应急措施，已写入您的记录。需要证明自己及时采取了措施时，这封邮件也可以留存。
safety-record-taken = 已经做了
safety-record-left = 还没有做，建议尽快
safety-record-keep = 请保留报案回执、客服工单号等凭证。以后完成的措施，可以继续补记。
safety-lock-account = 冻结或锁定账户
safety-change-password = 修改密码
safety-call-support = 致电官方客服
safety-report-police = 向警方报案
safety-watch-transactions = 盯紧后续交易
safety-enable-2fa = 开启双重验证

evidence-more-needed-subject = 您的证据还需要补充
evidence-more-needed-intro = { $campaign }的发起人看过您上传的一份证据，还需要您补充：
evidence-more-needed-next = 原来的文件会保留，补充的内容请另外上传。
evidence-more-needed-button = 补充证据

material-requested-subject = 请提供材料
material-requested-intro = 处理{ $campaign }时需要这些材料：
material-requested-until = 请在这一天之前
material-requested-private = 材料会加密保存，不会公开。请只提供被要求的内容。
material-requested-button = 提供材料

erasure-done-subject = 您的个人信息已删除
erasure-done-intro = 您在一项{ $campaign }中的个人信息已按您的要求删除。
erasure-done-gone = 已删除：姓名、邮箱、损失说明、证据文件和备注。加密它们的密钥已销毁，无法恢复。
erasure-done-stays = 仍保留：不含个人信息的人数与历史，所以公开数字不变，历史仍可核验。
erasure-done-address = 发出这封邮件之后，您的邮箱地址也从发信系统中删除。

# 给全体成员的进展
update-subject = 进展通报
update-subject-titled = 进展：{ $title }
update-intro = { $campaign }有新的进展通报：

demands-revised-subject = 诉求有更新，请您确认是否支持
demands-revised-intro = { $campaign }的诉求更新为：
demands-revised-consent = 您此前的同意只针对上一版。是否支持新的诉求，由您决定；不表态也不会失去成员身份。
demands-revised-button = 查看并表态

ballot-opened-subject = 请您投票
ballot-opened-intro = { $campaign }发起了一次表决：
ballot-opened-until = 截止时间
ballot-opened-secret = 投票是秘密的：任何人都看不到谁投了什么，总数可以由任何人复核。
ballot-opened-button = 去投票

outcome-subject = 有结果了
outcome-intro = { $campaign }记录了结果：
outcome-line = { $demand }：{ $verdict }
outcome-demand = 第 { $place } 项诉求
outcome-offered = 对方提出支付
outcome-paid = 已经支付
outcome-rate = 这个结果您满意吗？您的评价会计入公开的满意人数，不显示姓名。
outcome-button = 评价结果
verdict-met = 达成
verdict-partly = 部分达成
verdict-refused = 被拒绝

# 承诺与时限
promise-broken-subject = 对方的承诺没有兑现
promise-broken-intro = 在{ $campaign }中，您记录过对方的一个承诺，到期仍没有兑现的记录：
promise-broken-until = 承诺的时间
promise-broken-next = 接下来可以：
promise-broken-call = 如果其实已经兑现，请记录这次联系或答复。
promise-broken-file = 如果没有，请保留记录，它可以作为下一步正式投诉的依据。

deadline-near-subject = 时限将至：{ $day }
deadline-near-intro = 在{ $campaign }中，您提交的投诉快到答复时限了：
deadline-near-answered = 如果已经收到答复，请现在就记录，时限会停止计算。
deadline-near-silent = 如果没有，不必做什么；时限一过，系统会自动记录逾期并通知您。

deadline-lapsed-subject = 时限已过，对方没有答复
deadline-lapsed-intro = 在{ $campaign }中，您提交的投诉已过答复时限，逾期已写入公开的历史：
deadline-lapsed-next = 接下来可以：
deadline-lapsed-answered = 如果其实收到过答复，请补记。
deadline-lapsed-escalate = 如果没有，可以升级到下一步；逾期记录就是依据。

# 邀请
invitation-organizer-subject = 邀请您共同发起一项集体投诉
invitation-organizer-intro = 有人邀请您共同管理一项{ $campaign }。
invitation-organizer-what = 发起人可以查看成员提交的证据、记录投诉与答复、发布进展。成员的邮箱地址对发起人也不可见。
invitation-auditor-subject = 邀请您审计一项集体投诉
invitation-auditor-intro = 有人邀请您审计一项{ $campaign }。
invitation-auditor-what = 审计可以查看全部记录，但不能改动任何内容；您的每次查看也会留下记录。
invitation-until = 权限有效至
invitation-button = 打开
invitation-how = 请用收到这封邮件的邮箱登录。如果您不认识邀请人，不必理会。
