# 公开进展的条目:标题与一句话。
entry-campaign-published-title = 集体投诉已发布
entry-campaign-published-sentence = 投诉已公开，任何遇到同样问题的人都可以加入。
entry-campaign-demands-revised-title = 诉求已更新（第{ $version }版）
entry-campaign-demands-revised-sentence = 发起人更新了诉求，成员将重新确认是否支持。
entry-campaign-escalation-decided-title = 决定升级：{ $step }
entry-campaign-escalation-decided-sentence = 目前{ $members }名成员，下一步是{ $step }。
entry-campaign-update-published-title = 进展：{ $title }
entry-campaign-update-published-sentence = 发起人发布了进展通报。
entry-campaign-outcome-recorded-title = 已记录结果
entry-campaign-outcome-recorded-sentence = 主张金额：{ $claimed }；已提出：{ $offered }；已支付：{ $paid }。
entry-campaign-resolved-title = 投诉已结束，并有结果
entry-campaign-resolved-sentence = 结束时有{ $members }名成员、{ $claims }项主张。
entry-campaign-closed-title = 投诉已结束
entry-campaign-closed-sentence = 结束时没有记录结果，当时有{ $members }名成员。
entry-filing-submitted-title = 已提交：{ $step }
entry-filing-submitted-sentence = 以{ $members }名成员的名义集体提交。
entry-filing-receipt-recorded-title = 已受理：{ $step }
entry-filing-receipt-recorded-sentence = 对方已给出受理编号。{ $deadline ->
    [none] 没有固定时限。
   *[other] 答复时限：{ $deadline }。
  }
entry-filing-response-recorded-title = 已答复：{ $step }
entry-filing-response-recorded-sentence = { $verdict ->
    [met] 诉求得到满足。
    [partly] 诉求部分得到满足。
    [refused] 诉求被拒绝。
   *[other] 已收到答复。
  }
entry-filing-deadline-lapsed-title = 时限已过：{ $step }
entry-filing-deadline-lapsed-sentence = 时限内没有收到答复。
entry-ballot-opened-title = 成员表决：{ $question }
entry-ballot-opened-sentence = 成员可以投票。
entry-ballot-closed-title = 表决已结束
entry-ballot-closed-sentence = 成员可在自己的记录里看到结果。
entry-other-title = 新进展
entry-other-sentence = 目前{ $members }名成员，{ $claims }项主张。
entry-override-reason = 跳过前面步骤的理由：{ $said }
