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
    /// A value that no cell has.
    CELL = "cli.cell":
        zh "维度 {dim} 没有取值“{value}”", "可选：{known}";
        en "{dim} has no value “{value}”", "there are: {known}";
    /// A dimension named twice in a cell.
    CELL_TWICE = "cli.cell_twice":
        zh "单元格“{value}”中同一维度出现了两次", "每个维度只写一个值，例如 district=110108,size=small";
        en "the cell “{value}” names a dimension twice", "give one value a dimension, for example district=110108,size=small";
    /// A date before the first definition of any indicator.
    NO_INDICATORS = "cli.no_indicators":
        zh "{date} 没有生效的指标", "请核对 --as-of 的年份";
        en "no indicator is in force on {date}", "check the year of --as-of";
    /// A tier that does not exist.
    TIER = "cli.tier":
        zh "没有名为“{value}”的层级", "可选：{known}";
        en "there is no tier “{value}”", "there are: {known}";
    /// A kind of organisation that does not exist.
    KIND = "cli.kind":
        zh "没有名为“{value}”的机构类别", "可选：{known}";
        en "there is no kind of organisation “{value}”", "there are: {known}";
    /// A right to sign that does not exist.
    AUTHORITY = "cli.authority":
        zh "没有名为“{value}”的签署身份", "可选：{known}";
        en "there is no right to sign “{value}”", "there are: {known}";
    /// No such policy file.
    POLICY = "cli.policy":
        zh "没有政策文件“{policy}”", "写作 类别/文件名，用 huoshui policy list 查看";
        en "there is no policy file “{policy}”", "write KIND/FILE as huoshui policy list shows them";
    /// Another process did not start.
    PROCESS = "cli.process":
        zh "{what} 未能启动：{why}", "请查看数据目录中的日志";
        en "{what} did not start: {why}", "look at the logs in the data folder";
    /// The service refused something that the demonstration needs.
    SERVICE = "cli.service":
        zh "服务没有给出 {path}：{what}", "请查看数据目录中的 serve.log";
        en "the service did not give {path}: {what}", "look at serve.log in the data folder";
    /// A file that formulas do not read.
    TABLE = "cli.table":
        zh "不能读取 {file}：不是 csv 或 parquet", "请提供 .csv 或 .parquet 文件；工作簿请先另存为 CSV UTF-8";
        en "cannot read {file}: it is neither csv nor parquet", "give a .csv or .parquet file; save a workbook as CSV UTF-8 first";
    /// A product that is not offered on that date.
    PRODUCT = "cli.product":
        zh "没有名为“{value}”的产品", "可选：{known}";
        en "there is no product “{value}”", "there are: {known}";
    /// A file of profiles without a single feature of the card.
    NO_FEATURES = "cli.no_features":
        zh "{file} 没有一列是打分卡 {card} 所用的特征", "列名须为特征代码；该卡用到：{all}";
        en "{file} has no column that the scorecard {card} reads", "name columns by the codes of features; this card reads: {all}";
    /// A folder of policies in which no case stands.
    NO_CASES = "cli.no_cases":
        zh "{folder} 中没有用例（*.cases.toml）", "请在政策旁写出用例，见 policies/products/README.md";
        en "there is no case (*.cases.toml) in {folder}", "write cases beside the policies, see policies/products/README.md";
    /// A result that cannot be written.
    OUT = "cli.out":
        zh "无法写入 {file}（{reason}）", "请检查路径、权限和剩余空间";
        en "cannot write {file} ({reason})", "check the path, its permissions and the free space";
    /// An engine cannot do what was asked.
    ENGINE = "cli.engine":
        zh "--explain 只能与 --engine row 及不分组的公式一起使用", "去掉 --group-by 和聚合函数，或去掉 --explain";
        en "--explain goes with --engine row and formulas that do not aggregate", "leave out --group-by and aggregates, or --explain";
}
