//! What can go wrong in supervision.

huoshui_kernel::faults! {
    /// Not TOML, or a key that is not known.
    POLICY_FILE = "policy.unreadable":
        zh "政策文件 {file} 无法读取：{detail}", "请对照该目录的 README.md 改正";
        en "the policy file {file} cannot be read: {detail}", "compare it with the README.md of its folder";
    /// Two entries of one code that apply to one date.
    POLICY_TWICE = "policy.duplicate":
        zh "{code} 在同一日期有两个版本", "请改代码，或用 effective_to 结束旧版本";
        en "{code} has two versions on one date", "rename one, or end the earlier one with effective_to";
    /// An entry that contradicts itself.
    POLICY_ENTRY = "policy.contradiction":
        zh "{code}：{zh}", "请对照该目录的 README.md 改正";
        en "{code}: {en}", "compare it with the README.md of its folder";
    /// A formula that the language refuses.
    POLICY_FORMULA = "policy.formula":
        zh "{code} 的公式有误：{zh}", "{hint_zh}";
        en "the formula of {code} is wrong: {en}", "{hint_en}";
    /// No indicator of that code on that date.
    UNKNOWN_INDICATOR = "indicator.unknown":
        zh "没有指标 {code}（{as_of}）", "用 huoshui indicators 查看全部指标代码";
        en "there is no indicator {code} on {as_of}", "huoshui indicators lists all codes";
    /// A dimension that the indicator may not be cut by.
    DIMENSION = "indicator.dimension":
        zh "指标 {code} 不能按 {dimension} 分", "可用的维度：{allowed}";
        en "{code} cannot be cut by {dimension}", "its dimensions are {allowed}";
    /// Not a dimension at all.
    UNKNOWN_DIMENSION = "indicator.unknown_dimension":
        zh "没有维度 {dimension}", "维度有 institution、district、industry、tier、size、guarantee";
        en "there is no dimension {dimension}", "dimensions are institution, district, industry, tier, size, guarantee";
    /// More dimensions than two, or one twice.
    TOO_MANY_DIMENSIONS = "indicator.dimensions":
        zh "最多按两个不同的维度分", "请减少维度";
        en "at most two different dimensions", "name fewer";
    /// A filter that does not fit a relation.
    WHERE = "indicator.where":
        zh "筛选条件不适用于指标 {code} 的 {relation}：{zh}", "请只用该关系有的列，或另选指标";
        en "the filter does not fit the {relation} of {code}: {en}", "use columns which that relation has, or choose other indicators";
    /// A result beyond 128 bits.
    OVERFLOW = "indicator.overflow":
        zh "指标 {code} 的结果超出可表示的范围", "请核对金额单位";
        en "the result of {code} is beyond what can be represented", "check the units of the amounts";
    /// A table without a column that it must have.
    COLUMN_MISSING = "relation.column_missing":
        zh "{table} 表缺少列 {column}", "请按 docs/formats/ 的格式提供";
        en "table {table} lacks the column {column}", "provide it as docs/formats/ says";
    /// A column of another type.
    COLUMN_TYPE = "relation.column_type":
        zh "{table} 表的列 {column} 类型不符", "请按 docs/formats/ 的格式提供";
        en "column {column} of table {table} has another type", "provide it as docs/formats/ says";
    /// No data of that date.
    NO_LIST = "relation.no_list":
        zh "没有 {date} 的名单", "请先导入该日期或更早的名单";
        en "there is no list for {date}", "import a list of that date or an earlier one";
    /// More rows than an array can index.
    TOO_MANY_ROWS = "relation.too_many_rows":
        zh "行数超过上限", "请分批处理";
        en "too many rows", "process them in parts";
    /// Arrow refused; a mistake of ours.
    INTERNAL = "supervision.internal":
        zh "内部错误：{detail}", "这是程序的问题，请报告";
        en "internal error: {detail}", "this is a mistake of the program, please report it";
    /// A target that cannot be read.
    TARGET = "target.invalid":
        zh "目标 {code}：{zh}", "请按 docs/formats/ 的格式改正";
        en "target {code}: {en}", "correct it as docs/formats/ says";
}
