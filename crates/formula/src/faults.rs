//! Everything that the policy language may refuse, each with a stable code.

huoshui_kernel::faults! {
    /// The text is not an expression.
    SYNTAX = "formula.syntax":
        zh "第 {line} 行第 {column} 列附近语法有误：{zh}", "请检查括号、引号、逗号和运算符是否成对、完整";
        en "syntax error near line {line}, column {column}: {en}", "check that brackets, quotes, commas and operators are complete";
    /// Standard SQL that this edition does not know.
    UNSUPPORTED = "formula.unsupported":
        zh "第 {line} 行第 {column} 列“{text}”：公式语言第 1 版没有 {what}", "改用语言手册列出的写法（docs/formats/formula.md）";
        en "line {line}, column {column}, “{text}”: edition 1 of the formula language has no {what}", "use what the language reference lists (docs/formats/formula.md)";
    /// The types of a formula do not fit.
    TYPE = "formula.type":
        zh "第 {line} 行第 {column} 列“{text}”类型不符：{zh}", "{hint_zh}";
        en "line {line}, column {column}, “{text}” has the wrong type: {en}", "{hint_en}";
    /// A literal that its type cannot hold.
    LITERAL = "formula.literal":
        zh "第 {line} 行第 {column} 列“{text}”不能用作{zh}", "{hint_zh}";
        en "line {line}, column {column}: “{text}” cannot be used as {en}", "{hint_en}";
    /// No such column.
    UNKNOWN_COLUMN = "formula.unknown_column":
        zh "第 {line} 行第 {column} 列：没有名为“{text}”的列", "{hint_zh}";
        en "line {line}, column {column}: there is no column “{text}”", "{hint_en}";
    /// No such function.
    UNKNOWN_FUNCTION = "formula.unknown_function":
        zh "第 {line} 行第 {column} 列：没有名为“{text}”的函数", "{hint_zh}";
        en "line {line}, column {column}: there is no function “{text}”", "{hint_en}";
    /// A parameter without a value.
    UNKNOWN_PARAMETER = "formula.unknown_parameter":
        zh "第 {line} 行第 {column} 列：参数“{text}”没有给值", "运行时给出该参数的类型和值";
        en "line {line}, column {column}: the parameter “{text}” has no value", "give its type and its value when running the formula";
    /// A function called with the wrong arguments.
    ARGUMENTS = "formula.arguments":
        zh "第 {line} 行第 {column} 列“{text}”：参数应为 {zh}", "改成 {zh}";
        en "line {line}, column {column}, “{text}”: the arguments must be {en}", "write {en}";
    /// An aggregate, or a bare column, where none may stand.
    AGGREGATE = "formula.aggregate":
        zh "第 {line} 行第 {column} 列“{text}”：{zh}", "列要么在分组键里，要么在 SUM、COUNT 等汇总函数里；汇总函数不能嵌套，也不能出现在条件里";
        en "line {line}, column {column}, “{text}”: {en}", "a column stands either among the group keys or inside SUM, COUNT …; aggregates neither nest nor stand in conditions";
    /// A bound on the size of a formula.
    TOO_LARGE = "formula.too_large":
        zh "公式过大：{zh}，上限 {limit}", "把公式拆成几个较小的公式";
        en "the formula is too large: {en}, the limit is {limit}", "split it into several smaller formulas";
    /// Two results of one name, two columns of one name.
    DUPLICATE_NAME = "formula.duplicate_name":
        zh "名称“{text}”出现了两次（不分大小写）", "用 AS 另取一个名称";
        en "the name “{text}” appears twice (case does not count)", "give one of them another name with AS";
    /// A result outside what 64 bits hold, or a date outside the years 1 to 9999.
    OVERFLOW = "formula.overflow":
        zh "计算“{text}”的结果超出范围", "整数、金额、利率、比率须在 64 位以内，日期须在 0001 至 9999 年；请检查输入值";
        en "the result of “{text}” is out of range", "whole numbers, money, rates and ratios must fit 64 bits and dates the years 0001 to 9999; check the input values";
    /// A row whose cells do not fit the columns.
    BAD_ROW = "formula.bad_row":
        zh "数据行与列不符：{zh}", "让每行的单元格与列的数量和类型一致";
        en "the row does not fit the columns: {en}", "give each row as many cells as there are columns, each of its column's type";
    /// A column of Arrow data that is missing, or not of the type that the formula reads.
    BAD_TABLE = "formula.bad_table":
        zh "数据表的列“{column}”不能用：{zh}", "请提供公式所读的列，类型一致";
        en "the table's column “{column}” cannot be used: {en}", "give the table every column that the formula reads, each of its type";
    /// More groups than one query may have.
    TOO_MANY_GROUPS = "formula.too_many_groups":
        zh "分组过多，上限 {limit}", "减少分组键，或先筛选数据";
        en "too many groups, the limit is {limit}", "group by fewer keys, or filter the rows first";
    /// An engine that cannot give this formula its meaning.
    ENGINE = "formula.engine_refuses":
        zh "{engine} 无法按公式语言第 1 版的含义计算：{zh}", "改用 --engine row 或 columns";
        en "{engine} cannot compute this with the meaning of edition 1: {en}", "use --engine row or columns";
    /// A typed formula that no type checker built.
    INTERNAL = "formula.internal":
        zh "公式的内部形式有误：{detail}", "这是程序缺陷，请附上公式报告";
        en "the internal form of the formula is wrong: {detail}", "this is a defect of the program: please report it with the formula";
}
