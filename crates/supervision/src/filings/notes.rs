//! Notes (借据): the unit of lending; a snapshot at the as-of date.

use huoshui_kernel::shape::{CellKind as K, ColumnShape as C, TableShape};

use super::codes;

/// One row a note that has a balance, or that was written off or transferred and is still on the bank's books.
pub static NOTES: TableShape = TableShape {
    name: "notes",
    zh: "借据",
    key: &["note_no"],
    columns: &[
        C::required(
            "institution",
            "机构代码",
            K::Text,
            ("报送机构，须与文件名一致", "The filing institution, as in the file name"),
        )
        .up_to(20),
        C::required(
            "as_of",
            "数据日期",
            K::Date,
            ("季末日，须与文件名一致", "A quarter's last day, as in the file name"),
        ),
        C::required("note_no", "借据号", K::Text, ("机构内唯一，终身不变", "Unique within the institution, for life"))
            .up_to(40),
        C::required("contract_no", "合同号", K::Text, ("一份合同可有多笔借据", "A contract may have many notes"))
            .up_to(40),
        C::optional("line_no", "授信额度编号", K::Text, ("在授信额度项下提款时填", "When drawn under a credit line"))
            .up_to(40),
        C::required("branch", "经办网点", K::Text, ("经办支行", "The branch that lends")),
        C::required("borrower", "借款人统一社会信用代码", K::Uscc, ("", "")),
        C::required("currency", "币种", K::Code(codes::CURRENCY), ("", "")),
        C::required("balance", "原币余额", K::Money, ("原币种，两位小数", "In the note's currency, two decimals")),
        C::required("balance_cny", "折人民币余额", K::Money, ("按期末汇率折算", "At the period's end rate")),
        C::required("business_kind", "业务种类", K::Code(codes::BUSINESS_KIND), ("", "")),
        C::required("product", "产品名称", K::Text, ("", "")),
        C::required("purpose", "贷款用途", K::Code(codes::PURPOSE), ("", "")),
        C::required("drawdown_date", "放款日", K::Date, ("", "")),
        C::required(
            "original_maturity",
            "原到期日",
            K::Date,
            ("放款时约定，展期不改", "As agreed at drawdown; an extension does not change it"),
        ),
        C::required("current_maturity", "现到期日", K::Date, ("", "")),
        C::required("original_amount", "放款金额", K::Money, ("原币种", "In the note's currency")),
        C::required("rate_at_drawdown", "放款时年利率", K::Rate, ("单利年化，%", "Simple yearly rate, %")),
        C::required("current_rate", "现年利率", K::Rate, ("%", "%")),
        C::required("rate_kind", "利率类型", K::Code(codes::RATE_KIND), ("", "")),
        C::optional(
            "lpr_spread_bp",
            "LPR加减点",
            K::BasisPoints,
            ("浮动利率必填", "Required where the rate follows the LPR"),
        ),
        C::required("main_guarantee", "主要担保方式", K::Code(codes::MAIN_GUARANTEE), ("", "")),
        C::optional(
            "mitigants",
            "风险缓释",
            K::CodeSet(codes::MITIGANT),
            ("全部缓释措施，空为无", "Every mitigant; empty for none"),
        ),
        C::required("ip_pledge", "知识产权质押", K::Flag, ("", "")),
        C::required("ma_loan", "并购贷款", K::Flag, ("", "")),
        C::required("ma_pilot", "科技企业并购贷款试点", K::Flag, ("", "")),
        C::required("inclusive", "普惠型", K::Flag, ("", "")),
        C::required("manufacturing", "制造业", K::Flag, ("", "")),
        C::required("green", "绿色", K::Flag, ("", "")),
        C::required("five_tier", "五级分类", K::Code(codes::FIVE_TIER), ("", "")),
        C::required("days_past_due", "本金逾期天数", K::Int, ("", "")),
        C::required("interest_past_due", "欠息金额", K::Money, ("折人民币", "In CNY")),
        C::required(
            "first_loan",
            "首贷",
            K::Flag,
            ("放款前在全部银行无贷款记录", "No loan record at any bank before the drawdown"),
        ),
        C::required("renewal_kind", "续贷类型", K::Code(codes::RENEWAL_KIND), ("", "")),
        C::optional("renewed_from", "原借据号", K::Text, ("续贷、重组、借新还旧时填", "The note that this one renews"))
            .up_to(40),
        C::required("transferred", "已转让", K::Flag, ("", "")),
        C::required("written_off", "已核销", K::Flag, ("", "")),
    ],
};
