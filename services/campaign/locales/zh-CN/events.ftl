### 历史中每种事件一句话。$who:成员随机编号的前几位。

role-member = 成员
role-organizer = 发起人
role-auditor = 审计
role-operator = 运营方
role-system = 系统

campaign-drafted = 起草集体投诉：问题 { $problem }，服务商类型 { $provider_kind }，法域 { $jurisdiction }；诉求：{ $demand_kinds }。
campaign-published = 集体投诉发布，诉求为第 { $demand_version } 版。
campaign-revised = 修改标题或摘要。
campaign-demands-revised = 诉求修改为第 { $demand_version } 版：{ $demand_kinds }。
campaign-organizer-invited = 邀请另一位发起人。
campaign-organizer-accepted = 受邀的发起人接受邀请。
campaign-organizer-removed = 移除一位发起人。
campaign-auditor-invited = 邀请一位审计，有效期至 { $expires_on }。
campaign-auditor-removed = 结束一位审计的访问。
campaign-update-published = 发布进展通报。
campaign-escalation-decided = 决定升级到步骤 { $step }。{ $override ->
    [true] 已说明理由越过一项前提条件。
   *[other] {""}
 }
campaign-outcome-recorded = 记录结果，各诉求：{ $results }。{ $paid ->
    [none] {""}
   *[other] 已支付:{ $paid }。
 }
campaign-experience-shared = 发起人分享经验。
campaign-suspended = 集体投诉暂停（{ $reason }）。
campaign-resumed = 集体投诉恢复。
campaign-resolved = 集体投诉结束，已有结果。
campaign-closed = 集体投诉结束，没有结果。
campaign-content-removed = 移除事件 { $event } 的文字（{ $reason }）。

membership-joined = 成员 { $who } 申请加入。
membership-confirmed = 成员 { $who } 确认加入，支持第 { $demand_version } 版诉求。
membership-claim-stated = 成员 { $who } 陈述损失（{ $problem }，{ $remedy }）{ $amount ->
    [none] 。
   *[other] ：{ $amount } { $currency }。
 }
membership-consent-given = 成员 { $who } 同意{ $to ->
    [demands] 第 { $demand_version } 版诉求。
    [filing] 步骤 { $step } 的提交。
   *[other] 接受联系。
 }
membership-contact-changed = 成员 { $who } 更改自己的邮箱。
membership-safety-step-taken = 成员 { $who } 已采取紧急措施：{ $steps }。
membership-outcome-rated = 成员 { $who } 对结果{ $satisfied ->
    [true] 满意。
   *[other] 不满意。
 }
membership-experience-shared = 成员 { $who } 分享经验。
membership-withdrew = 成员 { $who } 退出。
membership-invalidated = 成员资格 { $who } 不再计入（{ $reason }）。
membership-reinstated = 成员资格 { $who } 重新计入。
membership-erasure-requested = 请求删除 { $who } 的个人信息（{ $basis }）。
membership-subject-erased = { $who } 的个人信息已删除。
membership-erasure-completed = { $who } 的删除已全部完成。

evidence-submitted = 成员 { $who } 提交证据（{ $kind }）。
evidence-classified = { $who } 的证据归类为 { $kind }。
evidence-reviewed = { $who } 的证据审核结果：{ $verdict }。
evidence-redacted = 为 { $who } 的证据添加遮盖副本。
evidence-withdrawn = 成员 { $who } 撤回证据。

contact-logged = { $role }记录了步骤 { $step } 的一次沟通（{ $channel }）。
contact-promise-recorded = 记录步骤 { $step } 的一项承诺，期限 { $until }。
contact-promise-kept = 步骤 { $step } 的一项承诺已兑现。
contact-promise-broken = 步骤 { $step } 的一项承诺未兑现。

filing-prepared = { $role }准备了步骤 { $step } 的提交。
filing-submitted = 步骤 { $step } 于 { $filed_on } 提交{ $deadline ->
    [none] 。
   *[other] ,时限 { $deadline }。
 }
filing-receipt-recorded = 步骤 { $step } 的提交于 { $received_on } 取得受理编号{ $deadline ->
    [none] 。
   *[other] ,时限 { $deadline }。
 }
filing-material-requested = 步骤 { $step } 的提交需要补充材料。
filing-material-given = 步骤 { $step } 的提交已补充材料。
filing-response-recorded = 步骤 { $step } 的提交得到答复：{ $verdict }。
filing-deadline-extended = 步骤 { $step } 的时限延长至 { $deadline }。
filing-deadline-lapsed = 步骤 { $step } 的时限 { $deadline } 已过，没有答复。
filing-escalated = 事项从步骤 { $step } 升级到步骤 { $to_step }。
filing-closed = 步骤 { $step } 的提交结束（{ $reason }）。

ballot-opened = 开始表决，{ $options } 个选项，截止 { $until }。
ballot-closed = 表决结束。
vote-cast = 一票投给选项 { $option }。

words-gone = [文字已移除]
words-title = 标题：{ $value }
words-summary = 摘要：{ $value }
words-provider-name = 服务商：{ $value }
words-demand-texts = 诉求：{ $value }
words-body = 正文：{ $value }
words-text = 正文：{ $value }
words-reason = 理由：{ $value }
words-note = 备注：{ $value }
words-statement = 陈述：{ $value }
words-override-reason = 越过的理由：{ $value }
words-responder = 答复方：{ $value }
words-question = 表决事项：{ $value }
words-option-texts = 选项：{ $value }
