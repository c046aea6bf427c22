//! What can go wrong while a city is made.

huoshui_kernel::faults! {
    /// The targets file cannot be read.
    TARGETS_UNREADABLE = "city.targets_unreadable":
        zh "无法读取目标文件 {path}：{reason}", "请检查路径和权限";
        en "cannot read the targets file {path}: {reason}", "check the path and its permissions";
    /// The targets file is not what it should be.
    TARGETS_INVALID = "city.targets_invalid":
        zh "目标文件有误：{reason}", "字段说明见 docs/formats/targets-file.md";
        en "the targets file is wrong: {reason}", "docs/formats/targets-file.md explains its fields";
    /// A value of a target that cannot be read.
    TARGET_VALUE = "city.target_value":
        zh "目标 {code} 的“{value}”无法识别", "金额写“1234.56亿元”，比例写“12.34%”，基点写“-25bp”，个数写整数";
        en "“{value}” of the target {code} cannot be read", "write money as 1234.56亿元, shares as 12.34%, basis points as -25bp, counts as whole numbers";
    /// Targets that no city of this size and seed can meet.
    TARGET_UNREACHABLE = "city.target_unreachable":
        zh "按此规模和种子无法达到目标 {code}：{reason}", "请调整目标、规模或种子，或用 --targets none 生成不校准的城市";
        en "the target {code} cannot be met at this scale and seed: {reason}", "change the targets, the scale or the seed, or use --targets none";
    /// A scale out of bounds.
    SCALE = "city.scale":
        zh "规模 {scale} 超出范围", "请取 0.01 到 50 之间的数";
        en "the scale {scale} is out of bounds", "take a number from 0.01 to 50";
    /// The folder already holds something.
    OUT_NOT_EMPTY = "city.out_not_empty":
        zh "目录 {path} 不是空的", "请另选目录，或先删除其中的内容";
        en "the folder {path} is not empty", "choose another folder, or empty it first";
    /// A file or folder cannot be written.
    WRITE = "city.write":
        zh "无法写入 {path}：{reason}", "请检查磁盘空间和权限";
        en "cannot write {path}: {reason}", "check free space and permissions";
    /// The generator contradicts itself.
    INTERNAL = "city.internal":
        zh "生成器内部矛盾：{reason}", "请报告所用的种子、规模和目标文件";
        en "the generator contradicts itself: {reason}", "report the seed, the scale and the targets file";
}
