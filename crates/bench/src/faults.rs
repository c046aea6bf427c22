//! What a benchmark may report instead of figures.

use huoshui_kernel::Fault;

huoshui_kernel::faults! {
    /// The surroundings failed: a disk, a file.
    FAILED = "bench.failed":
        zh "基准测试未能运行：{detail}", "请检查磁盘空间和权限";
        en "the benchmark could not run: {detail}", "check disk space and permissions";
    /// Two ways of computing the same gave different results.
    DISAGREES = "bench.disagrees":
        zh "基准测试“{name}”的结果与对照不一致", "这是程序缺陷，请报告";
        en "the benchmark “{name}” disagrees with its peer", "this is a defect of the program: please report it";
    /// A city of the generator was not taken whole.
    REFUSED = "bench.refused":
        zh "导入拒收了生成的{count}份文件，第一份是{file}", "这是程序缺陷，请报告";
        en "the import refused {count} of the generated files, the first of them {file}", "this is a defect of the program: please report it";
}

/// Something outside failed.
pub(crate) fn failed(detail: impl std::fmt::Display) -> Fault {
    Fault::new(&FAILED).with("detail", detail)
}
