//! Disbursements (放款): a flow, year to date, also of notes repaid since. A snapshot alone never gives the rate of loans granted.

use huoshui_kernel::shape::{CellKind as K, ColumnShape as C, TableShape};

use super::codes;

/// One row a note drawn between 1 January and the as-of date.
pub static DISBURSEMENTS: TableShape = TableShape {
    name: "disbursements",
    zh: "放款",
    key: &["note_no"],
    columns: &[
        C::required("institution", "机构代码", K::Text, ("", "")).up_to(20),
        C::required("as_of", "数据日期", K::Date, ("", "")),
        C::required("note_no", "借据号", K::Text, ("", "")).up_to(40),
        C::required("borrower", "借款人统一社会信用代码", K::Uscc, ("", "")),
        C::required(
            "drawdown_date",
            "放款日",
            K::Date,
            ("在当年1月1日至数据日期之间", "Between 1 January and the as-of date"),
        ),
        C::required("amount", "放款金额", K::Money, ("折人民币", "In CNY")),
        C::required("rate_at_drawdown", "放款时年利率", K::Rate, ("%", "%")),
        C::required("business_kind", "业务种类", K::Code(codes::BUSINESS_KIND), ("", "")),
        C::required("original_maturity", "原到期日", K::Date, ("", "")),
        C::required("main_guarantee", "主要担保方式", K::Code(codes::MAIN_GUARANTEE), ("", "")),
        C::required("first_loan", "首贷", K::Flag, ("", "")),
        C::required("renewal_kind", "续贷类型", K::Code(codes::RENEWAL_KIND), ("", "")),
    ],
};
