//! What can go wrong in the credit engine.

huoshui_kernel::faults! {
    /// Not TOML, or a key that is not known.
    FILE = "credit.policy_unreadable":
        zh "授信政策文件 {file} 无法读取：{detail}", "请对照该目录的 README.md 改正";
        en "the credit policy file {file} cannot be read: {detail}", "compare it with the README.md of its folder";
    /// Two versions of one code on one date.
    TWICE = "credit.policy_duplicate":
        zh "{code} 在同一日期有两个版本", "请改代码，或用 effective_to 结束旧版本";
        en "{code} has two versions on one date", "rename one, or end the earlier one with effective_to";
    /// An entry that contradicts itself or names what is not there.
    ENTRY = "credit.policy_contradiction":
        zh "{code}：{zh}", "请对照该目录的 README.md 改正";
        en "{code}: {en}", "compare it with the README.md of its folder";
    /// A formula that the language refuses.
    FORMULA = "credit.policy_formula":
        zh "{code} 的公式有误：{zh}", "{hint_zh}";
        en "the formula of {code} is wrong: {en}", "{hint_en}";
    /// Bins that leave a value out, or hold one twice.
    BINS = "credit.bins":
        zh "{code} 的分箱有误：{zh}", "分箱须首尾相接、不重不漏，并给出缺失箱";
        en "the bins of {code} are wrong: {en}", "bins must join end to end, hold every value once, and name a missing bin";
    /// No policy of that kind and code on that date.
    UNKNOWN = "credit.unknown":
        zh "{date} 没有{zh} {code}", "可用的有：{all}";
        en "there is no {en} {code} on {date}", "there are: {all}";
    /// Data from after the date that is asked for.
    FUTURE = "credit.future_source":
        zh "{resource} 的数据日期 {source} 晚于画像日期 {as_of}", "请提供画像日期当日或以前的批次";
        en "the data of {resource} are of {source}, later than the profile's date {as_of}", "bring a batch of that date or an earlier one";
    /// A source that does not look like its relation.
    SOURCE = "credit.source_shape":
        zh "{resource} 的列 {column} 不能用：{zh}", "请按数据目录的口径提供";
        en "column {column} of {resource} cannot be used: {en}", "bring it as the catalogue describes";
    /// A value that a field cannot hold.
    VALUE = "credit.value":
        zh "{field} 的值“{value}”无法识别", "金额写 money('100万元')，比率写 0.15，利率写 rate('3.45%')，代码写 'A'，缺失写 missing";
        en "“{value}” is no value of {field}", "write money('100万元'), 0.15, rate('3.45%'), 'A', or missing";
    /// A loan prime rate that cannot be one.
    LPR = "credit.lpr":
        zh "贷款市场报价利率 {rate}% 不在 0% 至 {most}% 之间", "lpr_ppm 的单位是百万分之一：3.00% 写 30000；最高 {most}%";
        en "a loan prime rate of {rate}% is not within 0% and {most}%", "lpr_ppm counts millionths: 3.00% is 30000; {most}% at most";
    /// A case file without a case, or a case that expects nothing.
    CASES = "credit.cases":
        zh "用例文件 {file}：{zh}", "请对照 policies/products/README.md 改正";
        en "the case file {file}: {en}", "compare it with policies/products/README.md";
    /// A step of governance out of order, or by a person who may not take it.
    GOVERNANCE = "credit.governance":
        zh "政策 {code} 不能{zh}", "{hint_zh}";
        en "the policy {code} cannot be {en}", "{hint_en}";
    /// An override that its rules do not allow.
    OVERRIDE = "credit.override":
        zh "不能改变决定：{zh}", "{hint_zh}";
        en "the decision cannot be overridden: {en}", "{hint_en}";
    /// A reason for an override that the product's list does not have.
    OVERRIDE_REASON = "credit.override_reason":
        zh "产品 {product} 的改判原因没有这一项", "可用的原因代码：{zh}";
        en "the product {product} lists no such reason for an override", "the codes are: {en}";
    /// A mistake of ours.
    INTERNAL = "credit.internal":
        zh "内部错误：{detail}", "这是程序的问题，请报告";
        en "internal error: {detail}", "this is a mistake of the program, please report it";
}
