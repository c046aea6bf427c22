//! What can go wrong on the command line.

huoshui_kernel::faults! {
    /// A time that cannot be read.
    TIME = "cli.time":
        zh "“{value}”不是可识别的时间", "请写作 2025-10-20、2025-10-20T09:30 或 2025-10-20T09:30:00+08:00";
        en "“{value}” is not a time we can read", "write 2025-10-20, 2025-10-20T09:30 or 2025-10-20T09:30:00+08:00";
    /// A workbook on a terminal.
    NEEDS_FILE = "cli.needs_file":
        zh "工作簿不能显示在终端上", "请用 --out 文件.xlsx 指定文件";
        en "a workbook cannot be shown on a terminal", "name a file with --out FILE.xlsx";
    /// A `name=type` that is not one.
    PAIR = "cli.pair":
        zh "“{value}”不是“名称=值”的形式", "例如 --types balance=money,rate=rate --param as_of=2025-09-30";
        en "“{value}” is not of the form name=value", "for example --types balance=money,rate=rate --param as_of=2025-09-30";
    /// A folder that holds something else.
    NOT_A_DEMO = "cli.not_a_demo":
        zh "{folder} 不是空目录，也不是演示目录，未作任何改动", "请用 --data 指定一个新目录";
        en "{folder} is neither empty nor a demo's folder; nothing was changed", "name a new folder with --data";
    /// A benchmark that does not exist.
    UNKNOWN_BENCH = "cli.unknown_bench":
        zh "没有名为“{name}”的基准", "可用的有：{known}";
        en "there is no benchmark “{name}”", "there are: {known}";
    /// A part that the figure does not have.
    PART = "cli.part":
        zh "这个数字没有这一部分", "可选：{known}";
        en "the figure has no such part", "there are: {known}";
    /// An engine cannot do what was asked.
    ENGINE = "cli.engine":
        zh "--explain 只能与 --engine row 及不分组的公式一起使用", "去掉 --group-by 和聚合函数，或去掉 --explain";
        en "--explain goes with --engine row and formulas that do not aggregate", "leave out --group-by and aggregates, or --explain";
}
