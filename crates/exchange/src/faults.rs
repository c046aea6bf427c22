//! Faults of the exchange.

huoshui_kernel::faults! {
    /// A policy file that cannot be read.
    POLICY_FILE = "exchange.policy_file":
        zh "政策文件 {file} 无法读取：{detail}", "请按 policies/resources、policies/purposes 的 README 修改";
        en "the policy file {file} cannot be read: {detail}", "correct it after the READMEs of policies/resources and policies/purposes";
    /// An entry of a policy file that does not hold together.
    POLICY_ENTRY = "exchange.policy_entry":
        zh "{file} 中的“{entry}”不成立：{zh}", "请修改这一条目后重新加载";
        en "“{entry}” in {file} does not hold: {en}", "correct the entry and load again";
    /// A value that has no canonical form.
    CANONICAL = "exchange.not_canonical":
        zh "内容无法写成规范形式：{detail}", "只用整数、文本、日期和是否；请报告此错误";
        en "the content has no canonical form: {detail}", "use whole numbers, texts, dates and flags only; please report this";
    /// A resource that the catalogue does not have.
    UNKNOWN_RESOURCE = "exchange.unknown_resource":
        zh "目录中没有数据资源“{resource}”", "请核对资源代码和日期，见数据资源目录";
        en "the catalogue has no resource “{resource}”", "check its code and the date against the catalogue";
    /// A purpose under which no consent can be made.
    UNKNOWN_PURPOSE = "exchange.unknown_purpose":
        zh "没有有效的用途“{purpose}”", "请从用途清单中选择；已终止的用途须按新版本重新申请授权";
        en "no purpose “{purpose}” is in force", "choose one of the list; where a purpose has ended, ask for consent under its new version";
    /// A kind of institution that a purpose does not serve.
    RECIPIENT_KIND = "exchange.recipient_kind":
        zh "用途“{purpose}”不面向{zh}，不能列入 {recipient}", "请选择面向该类机构的用途，或去掉这家机构";
        en "the purpose “{purpose}” is not for a recipient of kind {en} such as {recipient}", "choose a purpose for that kind, or leave the institution out";
    /// A field that a purpose does not allow.
    NOT_ALLOWED = "exchange.not_allowed":
        zh "用途“{purpose}”不允许 {what}", "请去掉它，或改用允许它的用途";
        en "the purpose “{purpose}” does not allow {what}", "leave it out, or use a purpose that allows it";
    /// More than a purpose's cap.
    OVER_CAP = "exchange.over_cap":
        zh "{value} 超出用途“{purpose}”的上限（{limit}）", "请改到上限之内";
        en "{value} is beyond the cap of the purpose “{purpose}” ({limit})", "keep it within the cap";
    /// A request for consent that cannot be signed.
    CONSENT_REQUEST = "exchange.consent_request":
        zh "授权申请无效：{zh}", "请修改所指的项后重新提交";
        en "the request for consent is not valid: {en}", "correct what is named and send it again";
    /// A step from a state that does not have it.
    CONSENT_STEP = "exchange.consent_step":
        zh "授权{state_zh}，不能{step_zh}", "请刷新后查看当前状态";
        en "the consent is {state_en} and cannot be {step_en}", "refresh and look at its present state";
    /// Someone who may not sign for the subject.
    NOT_THE_SIGNER = "exchange.not_the_signer":
        zh "您无权代表授权主体操作", "企业授权由登记在册的法定代表人或持书面委托的代理人操作，个人授权只能由本人操作；同意须签名";
        en "you may not act for the subject of this consent", "a firm acts through its legal representative or an agent with a written authorisation, whichever is on record as its signer, a person alone; granting takes a signature";
    /// An agent outside the time of the authorisation.
    AUTHORITY_ENDED = "exchange.authority_ended":
        zh "委托期限为 {from} 至 {until}，今天不在期限内", "请由法定代表人操作，或登记新的书面委托";
        en "the authorisation holds from {from} to {until}, and today is beyond it", "let the legal representative act, or have a new written authorisation recorded";
    /// A natural person whose identity nobody checked.
    NOT_IDENTIFIED = "exchange.not_identified":
        zh "账户“{account}”未经身份核验，不能以本人名义授权", "请由平台运营方核验证件后另开账户，再以该账户签署";
        en "nobody has checked whose the account “{account}” is, so it cannot sign as that person", "let the platform's operator check the document and open an account for the person, and sign with it";
    /// An institution that asks for others.
    NOT_A_RECIPIENT = "exchange.not_a_recipient":
        zh "{recipient} 不在申请的接收方之中", "请由接收方之一提出申请";
        en "{recipient} is none of the recipients asked for", "let one of the recipients ask";
    /// Events that no steps could have made.
    CONSENT_HISTORY = "exchange.consent_history":
        zh "授权的历史记录不成立（{kind}）", "记录可能被改动，请运行 huoshui verify 并报告";
        en "the consent's history does not hold ({kind})", "it may have been changed: run huoshui verify and report it";

    /// No consent of that id carries a pull.
    UNKNOWN_CONSENT = "exchange.unknown_consent":
        zh "没有可用于调取的授权“{consent}”", "请核对授权编号；个人授权须与企业授权一并使用";
        en "there is no consent “{consent}” to pull under", "check its id; a person's own consent is used beside the firm's";
    /// Another recipient.
    WRONG_RECIPIENT = "exchange.wrong_recipient":
        zh "授权“{consent}”的接收方不包括 {recipient}", "请以授权所列机构调取，或另行申请授权";
        en "the consent “{consent}” does not name {recipient} as a recipient", "pull as an institution that it names, or ask for a consent";
    /// Another purpose.
    WRONG_PURPOSE = "exchange.wrong_purpose":
        zh "授权“{consent}”不是为用途“{purpose}”作出的", "请按授权的用途调取，或就新用途另行申请授权";
        en "the consent “{consent}” was not given for the purpose “{purpose}”", "pull for the purpose it was given for, or ask for another consent";
    /// The purpose is not the one that was signed.
    PURPOSE_CHANGED = "exchange.purpose_changed":
        zh "授权“{consent}”所依据的用途“{purpose}”版本已不可核实", "请按现行用途重新申请授权";
        en "the version of the purpose “{purpose}” behind the consent “{consent}” cannot be verified", "ask for a consent under the purpose in force";
    /// Not granted yet.
    NOT_GRANTED = "exchange.not_granted":
        zh "授权“{consent}”尚未同意", "请等待企业处理";
        en "the consent “{consent}” has not been granted", "wait for the enterprise's answer";
    /// Declined.
    DECLINED = "exchange.declined":
        zh "企业拒绝了授权“{consent}”", "请与企业沟通后重新申请";
        en "the enterprise declined the consent “{consent}”", "talk to the enterprise before asking again";
    /// Paused.
    PAUSED = "exchange.paused":
        zh "企业暂停了授权“{consent}”", "请等待企业恢复";
        en "the enterprise paused the consent “{consent}”", "wait until the enterprise resumes it";
    /// Revoked.
    REVOKED = "exchange.revoked":
        zh "企业撤回了授权“{consent}”", "如仍需数据，请重新申请授权";
        en "the enterprise revoked the consent “{consent}”", "ask for a new one if data are still needed";
    /// Expired.
    EXPIRED = "exchange.expired":
        zh "授权“{consent}”已到期", "如仍需数据，请重新申请授权";
        en "the consent “{consent}” has expired", "ask for a new one if data are still needed";
    /// Values wanted under a verification, or the like.
    WRONG_MODE = "exchange.wrong_mode":
        zh "授权“{consent}”的方式是“{had_zh}”，不能“{zh}”", "请按授权的方式调取";
        en "the consent “{consent}” is for {had_en}, not for {en}", "pull in the mode it was given for";
    /// A natural person's data without that person's consent.
    PERSONAL_CONSENT = "exchange.personal_consent":
        zh "{what} 是个人信息，缺少本人有效的授权（授权“{consent}”）", "请取得本人授权，或在调取时去掉个人信息";
        en "{what} is a person's data, and no consent of that person is in force beside “{consent}”", "obtain the person's own consent, or leave personal fields out of the pull";
    /// A field beyond the consent.
    WRONG_FIELD = "exchange.wrong_field":
        zh "授权“{consent}”不包括 {what}", "请只调取授权所列字段，每个资源列一次";
        en "the consent “{consent}” does not name {what}", "pull only fields that it names, each resource once";
    /// Dates beyond the consent.
    WRONG_RANGE = "exchange.wrong_range":
        zh "{from} 至 {to} 超出授权“{consent}”可调取的范围（{earliest} 至 {latest}）", "请把日期改到范围之内；范围为空说明授权的数据已过回溯期";
        en "{from} to {to} is beyond what the consent “{consent}” allows ({earliest} to {latest})", "keep within the range; an empty one means that its data lie beyond the look-back";
    /// A field that is no more what the signer saw.
    SCHEMA_MOVED = "exchange.schema_moved":
        zh "{what} 已不是签署时的字段", "数据资源有了新版本，请按新版本重新申请授权，或去掉该字段";
        en "{what} is no longer what the signer saw", "the resource has a new version: ask for a consent under it, or leave the field out";
    /// Pulled as often as allowed.
    FREQUENCY = "exchange.frequency":
        zh "授权“{consent}”每 {days} 天最多调取 {count} 次，已用完", "{next} 起可再次调取";
        en "the consent “{consent}” allows {count} pulls in {days} days, and all are used", "pull again from {next} on";
    /// The same pull again.
    REPLAYED = "exchange.replayed":
        zh "这次调取已完成过，结果不再重复提供数据", "首次结果的概要附后；如需数据，请发起新的调取";
        en "this pull was answered before, and data are not given twice", "the outcome of the first answer is attached; make a new pull for data";

    /// A department has nothing of the firm.
    NO_DATA = "exchange.no_data":
        zh "部门没有该企业的数据", "这不等于“无记录”；请稍后再试或通过其他途径核实";
        en "the department has no data of this firm", "this is not the same as nothing to report: try later or find out otherwise";
    /// Data older than the purpose allows.
    STALE = "exchange.stale":
        zh "数据已过更新期，用途不允许使用", "请等部门更新后再调取";
        en "the data are older than the purpose allows", "pull again once the department has brought them up to date";
    /// A state later than the consent's range.
    BEYOND_RANGE = "exchange.beyond_range":
        zh "部门现有数据晚于授权的数据范围", "请申请覆盖当前日期的授权";
        en "the department's data are later than the consent's range", "ask for a consent that reaches to the present";
    /// A natural person's data, and the one who consented is another.
    ANOTHER_PERSON = "exchange.another_person":
        zh "部门数据中的自然人不是作出授权的本人", "法定代表人可能已变更；请取得现任本人的授权";
        en "the person in the department's data is not the one who consented", "the legal representative may have changed: obtain the present one's own consent";
    /// Rows of another shape than the resource's.
    BAD_ROWS = "exchange.bad_rows":
        zh "部门返回的数据与资源的结构不符", "已隔离，不对外提供；请联系部门核对版本和字段";
        en "the department's rows are not of the resource's shape", "nothing of them is released; ask the department to check version and fields";
    /// Batches of another shape than the resource's.
    BAD_BATCH = "exchange.bad_batch":
        zh "数据批次与资源“{resource}”的结构不符：{column}", "请按资源目录的字段和类型重新生成文件";
        en "the batch is not of the shape of the resource “{resource}”: {column}", "write the file anew with the fields and kinds of the catalogue";

    /// A claim that cannot be verified as it stands.
    CLAIM = "exchange.claim":
        zh "待核验的数据无效：{zh}", "请修改后重新提交";
        en "the claim is not valid: {en}", "correct it and send it again";
    /// An objection that cannot be taken.
    OBJECTION = "exchange.objection":
        zh "异议无效：{zh}", "请修改后重新提交";
        en "the objection is not valid: {en}", "correct it and send it again";
    /// A corrected value that its field cannot hold.
    CORRECTED = "exchange.corrected_value":
        zh "资源“{resource}”的字段“{name}”不能是这个值：{zh}", "请按数据资源目录中该字段的类型、长度和代码填写；异议仍待答复";
        en "the field “{name}” of the resource “{resource}” cannot hold this value: {en}", "give a value of the kind, length and codes that the catalogue says; the objection still waits for its answer";
    /// An answer to an objection that has one.
    OBJECTION_CLOSED = "exchange.objection_closed":
        zh "异议“{objection}”已有答复", "如仍有异议，请另行提出";
        en "the objection “{objection}” was answered", "raise another one if it is still wrong";
    /// A query that the look-up cannot take.
    QUERY = "exchange.query":
        zh "查询无效：{zh}", "请输入名称、拼音、拼音首字母或统一社会信用代码的一部分";
        en "the query is not valid: {en}", "give a part of the name, its pinyin or initials, or of the USCC";
    /// More enterprises or text than the look-up holds.
    TOO_MANY = "exchange.too_many":
        zh "企业数量超出查询索引的上限（{limit}）", "请把名录分开，按地区各建一个索引";
        en "there are more enterprises than the look-up can hold ({limit})", "split the list, one index for each region";
}
