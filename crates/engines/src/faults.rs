//! What can go wrong between us and an engine.

huoshui_kernel::faults! {
    /// The engine failed for a reason of its own.
    ENGINE_FAILED = "engine.failed":
        zh "{engine} 执行失败：{detail}", "检查数据库是否可用；若可用，请附上公式报告此缺陷";
        en "{engine} failed: {detail}", "check that the database is up; if it is, please report this with the formula";
    /// Rows that do not fit the schema.
    BAD_ROWS = "engine.bad_rows":
        zh "第 {row} 行与列不符：{zh}", "让每行的单元格与列的数量和类型一致";
        en "row {row} does not fit the columns: {en}", "give each row as many cells as there are columns, each of its column's type";
}
