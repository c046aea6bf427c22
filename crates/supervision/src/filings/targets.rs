//! Targets (目标): what a figure is to reach, and by when. File `targets.csv`, the whole table each time.

use huoshui_kernel::shape::{CellKind as K, CodeName, ColumnShape as C, TableShape};

/// Which way the figure is to move.
pub const DIRECTION: &[CodeName] =
    &[CodeName::new("up", "不低于", "At least"), CodeName::new("down", "不高于", "At most")];

/// One row an indicator and cell.
pub static TARGETS: TableShape = TableShape {
    name: "targets",
    zh: "目标",
    key: &["code", "cell", "by"],
    columns: &[
        C::required("code", "指标代码", K::Text, ("", "")).up_to(60),
        C::optional(
            "cell",
            "单元",
            K::Text,
            (
                "分项目标，如 institution=B0001；空为全市",
                "Of a part, such as institution=B0001; empty for the whole city",
            ),
        )
        .up_to(100),
        C::required(
            "target",
            "目标值",
            K::Text,
            (
                "按指标的单位：金额为分，比率为小数，利差为基点",
                "In the indicator's unit: fen, ratio as a decimal, basis points",
            ),
        )
        .up_to(40),
        C::required("direction", "方向", K::Code(DIRECTION), ("", "")),
        C::required(
            "since",
            "起算日",
            K::Date,
            ("进度从该日的数值算起", "Progress counts from the figure of this date"),
        ),
        C::required("by", "完成日", K::Date, ("", "")),
    ],
};
