//! Explanations (说明): what the bank says to each warning. File `explanations.INSTITUTION.DATE.csv`.

use huoshui_kernel::shape::{CellKind as K, ColumnShape as C, TableShape};

/// One row a check code; a warning passes only with one.
pub static EXPLANATIONS: TableShape = TableShape {
    name: "explanations",
    zh: "预警说明",
    key: &["check_code"],
    columns: &[
        C::required("institution", "机构代码", K::Text, ("", "")).up_to(20),
        C::required("as_of", "数据日期", K::Date, ("", "")),
        C::required(
            "check_code",
            "校验代码",
            K::Text,
            ("预警的代码，如 N-C-006", "The warning's code, such as N-C-006"),
        )
        .up_to(20),
        C::required("explanation", "说明", K::Text, ("原因和核实结果", "The reason, and what was verified")).up_to(500),
    ],
};
