//! What can go wrong between the credit engine and the platform.

huoshui_kernel::faults! {
    /// Nothing is held of any department on that date.
    NOTHING = "credit.no_data":
        zh "{date} 及以前没有任何部门数据", "先用 huoshui import 装载各部门数据，或改用第一批数据日期之后的日期";
        en "no department's data are held as of {date} or earlier", "load them with huoshui import, or ask for a date from the first batch on";
    /// No department knows the firm.
    STRANGER = "credit.unknown_firm":
        zh "{date} 没有任何部门有企业 {uscc} 的登记", "请核对统一社会信用代码和日期";
        en "no department has {uscc} registered on {date}", "check the USCC and the date";
    /// A bank's own inputs that do not fit its relations.
    BANK = "credit.bank_inputs":
        zh "银行数据不能用：{zh}", "请对照 policies/features/relations.toml 中 authority = \"bank\" 的关系填写";
        en "the bank's own inputs cannot be used: {en}", "give the columns of the relations with authority = \"bank\" in policies/features/relations.toml";
    /// Another process is at work on the same request.
    IN_PROGRESS = "credit.in_progress":
        zh "同一幂等键的请求正在办理", "请稍后用同一幂等键重试";
        en "a request under the same idempotency key is being worked on", "try again in a moment under the same key";
    /// A profile that is not there, or another institution's.
    NO_PROFILE = "credit.no_profile":
        zh "没有画像 {id}", "请核对编号；只能查看本机构取得的画像";
        en "there is no profile {id}", "check the id; an institution sees those that it had computed";
    /// A profile whose values were erased.
    PROFILE_ERASED = "credit.profile_erased":
        zh "画像 {id} 的内容已删除", "如仍在授权期内，请重新取得";
        en "the values of the profile {id} were erased", "compute it anew while the consent lasts";
    /// A profile of another day or of features that are no longer in force.
    PROFILE_OLD = "credit.profile_old":
        zh "画像 {id} 是 {date} 的，或其特征口径已有变化，不能据以作出今天的决定", "请重新取得画像，再以新的编号申请；不填画像编号则当场调取";
        en "the profile {id} is of {date}, or its features are no longer in force as they were: no decision of today can rest on it", "refresh it and name the new one, or leave it out to have the data pulled at once";
    /// A profile that rests on another consent or purpose than the application names.
    PROFILE_CONSENT = "credit.profile_consent":
        zh "画像 {id} 不是单凭申请所填的授权和用途取得的", "请填写取得画像时的授权与用途，或凭这份授权重新取得画像";
        en "the profile {id} does not rest on the consent and the purpose of the application alone", "name those under which it was refreshed, or refresh one under this consent";
    /// A decision that is not there, or another bank's.
    NO_DECISION = "credit.no_decision":
        zh "没有决定 {id}", "请核对编号；只能查看本机构的决定";
        en "there is no decision {id}", "check the id; a bank sees its own decisions";
    /// A decision whose inputs were erased.
    ERASED = "credit.inputs_erased":
        zh "决定 {id} 所依据的数据已删除，不能重演或逐项说明", "决定本身、结果、原因代码与政策版本仍在记录中";
        en "what the decision {id} rests on was erased: it cannot be replayed or explained", "its record still has the outcome, the codes of its reasons and the policies";
    /// A decision under a purpose that hands out no values.
    VALUES_ONLY = "credit.values_only":
        zh "用途 {purpose} 只提供标签与评分，不能据以作出授信决定", "请取得授信用途的授权，或改用画像接口取得标签与评分";
        en "the purpose {purpose} gives tags and scores only; no decision can rest on it", "ask for consent under a purpose of lending, or take tags and scores from the profile";
    /// A product that is not offered on that day.
    NO_PRODUCT = "credit.no_product":
        zh "没有产品 {product}", "可用的有：{known}";
        en "there is no product {product}", "there are: {known}";
    /// A bank's own product that what is in force today does not let stand.
    SUSPENDED = "credit.product_suspended":
        zh "本机构的产品 {product} 与现行政策不符，暂停使用：{zh}", "修改该产品，经起草、验证、批准后重新发布";
        en "the bank's own product {product} does not fit the policies in force and rests: {en}", "change it, and publish it anew by way of a draft";
    /// A number of an application that is none.
    NUMBER = "credit.application_number":
        zh "申请编号为空或过长", "编号为 1 至 {most} 个字符，不含控制字符；没有编号就不要填";
        en "the application's number is empty or too long", "give 1 to {most} characters without control characters, or leave it out";
    /// Another application was decided under this number.
    NUMBER_TAKEN = "credit.number_taken":
        zh "编号 {number} 的申请已有决定，内容与这一份不同", "查看决定 {id}；新的申请请用新的编号";
        en "another application was decided under the number {number}", "see the decision {id}; give a new application a number of its own";
    /// A period that is none, or too long.
    PERIOD = "credit.period":
        zh "不能统计 {from} 至 {to}：先后颠倒，或超过 {most} 天", "改 from 与 to，首尾相距不超过 {most} 天；不填即至今日为止的一年";
        en "{from} to {to} cannot be counted: the wrong way round, or over {most} days", "change from and to, at most {most} days; without them it is a year up to today";
    /// A draft that is not there.
    NO_DRAFT = "credit.no_draft":
        zh "没有政策草案 {id}", "请核对编号";
        en "there is no draft {id}", "check the id";
    /// A draft of a kind that is not the credit engine's.
    DRAFT_KIND = "credit.draft_kind":
        zh "{kind} 类政策不经此流程", "可起草 features、tags、gates、scorecards、products";
        en "policies of kind {kind} are not drafted here", "draft features, tags, gates, scorecards or products";
    /// A report of what-if that is not kept.
    NO_REPORT = "credit.no_report":
        zh "没有试算报告 {id}", "请核对；报告保存 400 天，可重新试算";
        en "there is no what-if report {id}", "check it; reports are kept for 400 days, and can be computed anew";
    /// A report that was computed under other policies than today's.
    REPORT_OLD = "credit.report_outdated":
        zh "试算报告 {id} 之后政策已有变化", "请重新试算，再附上新的报告";
        en "the policies changed after the what-if report {id}", "compute it anew and attach the new one";
    /// A draft of what is another's.
    DRAFT_OWNER = "credit.draft_owner":
        zh "不能起草 {file}", "{hint_zh}";
        en "{file} cannot be drafted by this organisation", "{hint_en}";
    /// A draft under which a case expects something else.
    DRAFT_CASES = "credit.draft_cases":
        zh "草案使用例不符：{file} 的“{case}”", "请改正草案；新口径应从新的 effective_from 起，不改旧版本";
        en "under the draft a case fails: “{case}” of {file}", "correct the draft; what is new begins at its own effective_from and leaves former versions as they are";
    /// Two of the three persons are one hand.
    NOT_THREE = "credit.not_three_persons":
        zh "{login} 的账户由 {other} 开立或设过密码，不能算另一个人", "起草、验证、批准由三个各自独立的人办理，账户由其他管理员开立";
        en "{other} opened the account of {login} or set its password: that is not another person", "let three persons develop, validate and approve, whose accounts another administrator opened";
    /// A draft with something new that none of its cases holds to anything.
    DRAFT_UNTESTED = "credit.draft_untested":
        zh "草案新增的代码没有用例：{codes}", "在 cases 中为每个新代码写用例：特征和标签写 expect，产品写 request";
        en "the draft's cases name none of its new codes: {codes}", "give cases for each: features and tags under expect, a product in a request";
    /// A draft that changes other days than those it was approved for.
    DRAFT_DATES = "credit.draft_dates":
        zh "草案批准自 {from} 起生效，但 {date} 的政策与此不符", "请让新版本的 effective_from 等于批准的日期，旧版本的 effective_to 为前一日";
        en "the draft was approved to begin on {from}, but the policies of {date} do not agree", "let the new version's effective_from be that day, and end the former one with effective_to on the day before";
}
