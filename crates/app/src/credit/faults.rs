//! What can go wrong between the credit engine and the platform.

huoshui_kernel::faults! {
    /// Nothing is held of any department on that date.
    NOTHING = "credit.no_data":
        zh "{date} 没有任何部门数据", "先用 huoshui import 装载各部门数据，或换一个日期";
        en "no department's data are held as of {date}", "load them with huoshui import, or ask for another date";
    /// No department knows the firm.
    STRANGER = "credit.unknown_firm":
        zh "{date} 没有任何部门有企业 {uscc} 的登记", "请核对统一社会信用代码和日期";
        en "no department has {uscc} registered on {date}", "check the USCC and the date";
    /// A bank's own inputs that do not fit its relations.
    BANK = "credit.bank_inputs":
        zh "银行数据不能用：{zh}", "请对照 policies/features/relations.toml 中 authority = \"bank\" 的关系填写";
        en "the bank's own inputs cannot be used: {en}", "give the columns of the relations with authority = \"bank\" in policies/features/relations.toml";
}
