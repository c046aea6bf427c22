//! Relationships (银企关系): accounts and credit lines of each borrower at the institution; a snapshot.

use huoshui_kernel::shape::{CellKind as K, ColumnShape as C, TableShape};

use super::codes;

/// One row an enterprise and line; an enterprise with an account and no line has one row with the line's cells empty.
pub static RELATIONSHIPS: TableShape = TableShape {
    name: "relationships",
    zh: "银企关系",
    key: &["borrower", "line_no"],
    columns: &[
        C::required("institution", "机构代码", K::Text, ("", "")).up_to(20),
        C::required("as_of", "数据日期", K::Date, ("", "")),
        C::required("borrower", "企业统一社会信用代码", K::Uscc, ("", "")),
        C::optional(
            "account_opened_on",
            "开户日",
            K::Date,
            ("在本机构最早的存续账户", "The oldest account still open at the institution"),
        ),
        C::optional("account_closed_on", "销户日", K::Date, ("全部账户已销户时填", "When every account is closed")),
        C::optional("line_no", "授信额度编号", K::Text, ("", "")).up_to(40),
        C::optional(
            "credit_limit",
            "授信额度",
            K::Money,
            ("表内外合计，扣除保证金，折人民币", "On and off balance, net of cash collateral, in CNY"),
        ),
        C::optional("commitment", "承诺性质", K::Code(codes::COMMITMENT), ("", "")),
        C::optional("valid_from", "额度生效日", K::Date, ("", "")),
        C::optional("valid_to", "额度到期日", K::Date, ("含当日", "Inclusive")),
        C::optional(
            "group_line",
            "集团额度编号",
            K::Text,
            (
                "集团成员共用额度时填；各成员行填同一额度，只计一次",
                "Shared by a group: every member's row states the whole limit; it counts once",
            ),
        )
        .up_to(40),
        C::optional(
            "used",
            "已用额度",
            K::Money,
            ("表内外敞口；不小于项下借据余额", "Exposure on and off balance; at least the balances drawn under it"),
        ),
    ],
};
