//! The catalogue of what can be wrong with a file, a table, a row or a cell.

huoshui_kernel::faults! {
    /// The operating system refuses to open or read.
    UNREADABLE = "file.unreadable":
        zh "无法读取文件“{path}”：{why}", "请确认文件存在、可读，且没有被其他程序占用";
        en "cannot read the file “{path}”: {why}", "check that the file exists and may be read, and that no other program holds it";
    /// The operating system refuses to write.
    UNWRITABLE = "file.unwritable":
        zh "无法写入文件“{path}”：{why}", "请确认文件夹存在、可写，且磁盘有空间";
        en "cannot write the file “{path}”: {why}", "check that the folder exists and may be written, and that the disk has room";
    /// Neither csv, xlsx nor Parquet by its name.
    UNKNOWN_FORMAT = "file.unknown_format":
        zh "不支持的文件类型“{path}”", "请提供 .csv、.xlsx 或 .parquet 文件";
        en "“{path}” is of a kind that is not read", "give a .csv, .xlsx or .parquet file";
    /// The content is not what the name says.
    WRONG_MAGIC = "file.wrong_content":
        zh "文件“{path}”的内容不是 {expected} 格式", "文件可能已损坏或扩展名写错，请从原系统重新导出";
        en "the content of “{path}” is not {expected}", "the file may be damaged or its extension wrong: export it again";
    /// An old xls, or a workbook under a password.
    OLD_EXCEL = "file.old_or_encrypted_excel":
        zh "文件“{path}”是旧版 xls 或带密码的工作簿", "请取消密码，另存为 .xlsx 后重新提交";
        en "“{path}” is an old xls or a workbook under a password", "remove the password and save it as .xlsx";
    /// More bytes than allowed.
    TOO_LARGE = "file.too_large":
        zh "文件“{path}”有 {bytes} 字节，超过上限 {limit} 字节", "请拆分文件，或改用 Parquet";
        en "“{path}” has {bytes} bytes, over the limit of {limit}", "split the file or use Parquet";
    /// Nothing in it.
    EMPTY = "file.empty":
        zh "文件“{path}”是空的", "请重新导出，第一行应为列名";
        en "“{path}” is empty", "export it again; the first row names the columns";
    /// More rows than allowed.
    TOO_MANY_ROWS = "table.too_many_rows":
        zh "行数超过上限 {limit}", "请拆分文件";
        en "more than {limit} rows", "split the file";
    /// More columns than allowed.
    TOO_MANY_COLUMNS = "table.too_many_columns":
        zh "共有 {count} 列，超过上限 {limit}", "请按格式说明核对列，删除多余的列";
        en "{count} columns, over the limit of {limit}", "check the columns against the format page and remove the others";
    /// A header cell that the shape does not have.
    UNKNOWN_COLUMN = "table.unknown_column":
        zh "第 {position} 列“{column}”不在“{table}”表的格式中", "请按格式说明改正列名，或删除该列";
        en "column {position}, “{column}”, is not in the format of “{table}”", "correct its name by the format page, or remove the column";
    /// A header that names a column twice.
    DUPLICATE_COLUMN = "table.duplicate_column":
        zh "列“{column}”出现了两次", "请删除重复的列";
        en "the column “{column}” stands twice", "remove one of them";
    /// Columns of the shape that the header lacks.
    MISSING_COLUMNS = "table.missing_columns":
        zh "“{table}”表缺少列：{columns}", "请补上这些列；没有内容的列也要保留列名";
        en "the table “{table}” lacks the columns {columns}", "add them; a column without values still needs its header";
    /// The header looks split by something else than commas.
    SEPARATOR = "csv.separator":
        zh "列之间不是用半角逗号分隔", "请导出为逗号分隔的 CSV（UTF-8）";
        en "the columns are not separated by commas", "export as comma-separated csv (UTF-8)";
    /// Damaged UTF-8.
    BAD_UTF8 = "csv.bad_utf8":
        zh "文件不是完整的 UTF-8 文本：第 {line} 行附近、第 {offset} 字节处无法解码", "文件可能被截断或损坏，请从原系统重新导出";
        en "not whole UTF-8 text: byte {offset}, near line {line}, cannot be decoded", "the file may be cut or damaged: export it again";
    /// Neither UTF-8 nor GB18030.
    BAD_ENCODING = "csv.bad_encoding":
        zh "文件既不是 UTF-8 也不是完整的 GBK/GB18030 文本：第 {line} 行附近、第 {offset} 字节处无法解码", "文件可能被截断或损坏，请重新导出为 UTF-8 编码的 CSV";
        en "neither UTF-8 nor whole GBK/GB18030 text: byte {offset}, near line {line}, cannot be decoded", "the file may be cut or damaged: export it as csv in UTF-8";
    /// UTF-16 or UTF-32 by its byte-order mark.
    UTF16 = "csv.utf16":
        zh "文件是 {encoding} 编码", "请另存为“CSV UTF-8（逗号分隔）”";
        en "the file is in {encoding}", "save it as “CSV UTF-8 (comma delimited)”";
    /// A NUL byte, which no text has.
    BINARY = "csv.binary":
        zh "第 {offset} 字节处有空字节，这不是文本文件", "文件可能已损坏或扩展名写错，请重新导出";
        en "a NUL byte at byte {offset}: this is not a text file", "the file may be damaged or its extension wrong: export it again";
    /// A quote opened and never closed.
    OPEN_QUOTE = "csv.open_quote":
        zh "引号没有闭合，文件可能被截断", "请检查该行的引号，或重新导出整个文件";
        en "a quote is never closed; the file may be cut", "check the quotes of this row, or export the whole file again";
    /// A row beyond any sensible length.
    ROW_TOO_LONG = "csv.row_too_long":
        zh "该行超过 {limit} 字节，可能是引号没有闭合", "请检查该行的引号";
        en "the row is over {limit} bytes; perhaps a quote is not closed", "check the quotes of this row";
    /// The file is another one now than when it was opened.
    CHANGED = "file.changed":
        zh "文件“{path}”在读取过程中被改动", "请等写入完成后重新提交";
        en "“{path}” changed while it was read", "wait until it is written, then try again";
    /// Another number of cells than columns.
    CELL_COUNT = "row.cell_count":
        zh "该行有 {value} 个单元格，与列数不符", "请核对该行的逗号和引号；若是最后一行，文件可能被截断";
        en "the row has {value} cells, not one for each column", "check its commas and quotes; if it is the last row, the file may be cut";
    /// Text after a closing quote.
    BAD_QUOTE = "row.bad_quote":
        zh "引号之后还有文字：“{value}”", "含逗号、引号或换行的单元格要整体加引号，其中的引号写两遍";
        en "text follows a closing quote: “{value}”", "quote the whole cell, and double the quotes within it";
    /// An empty row between others.
    BLANK_ROW = "row.blank":
        zh "空行", "请删除该行";
        en "the row is blank", "remove it";
    /// A required cell is empty.
    REQUIRED = "cell.required":
        zh "必填，不能为空", "请填写该单元格";
        en "must not be empty", "fill in the cell";
    /// Not a whole number.
    BAD_INT = "cell.bad_integer":
        zh "“{value}”不是整数", "请只填数字，例如 120";
        en "“{value}” is not a whole number", "write digits only, such as 120";
    /// Not a decimal number.
    BAD_NUMBER = "cell.bad_number":
        zh "“{value}”不是数字", "请只填数字和小数点，例如 0.25";
        en "“{value}” is not a number", "write digits and a decimal point only, such as 0.25";
    /// Not an amount.
    BAD_MONEY = "cell.bad_money":
        zh "“{value}”不是金额", "请以元为单位填写，例如 1234.56，不要带货币符号";
        en "“{value}” is not an amount", "write it in yuan, such as 1234.56, without a currency sign";
    /// An amount finer than a fen.
    MONEY_DECIMALS = "cell.money_decimals":
        zh "金额“{value}”超过两位小数", "请精确到分";
        en "the amount “{value}” has more than two decimals", "write it to the fen (0.01)";
    /// Not a rate.
    BAD_RATE = "cell.bad_rate":
        zh "“{value}”不是年利率", "请以百分数填写，例如 3.45 表示 3.45%";
        en "“{value}” is not a yearly rate", "write it in percent: 3.45 means 3.45%";
    /// A rate finer than 0.0001 %.
    RATE_DECIMALS = "cell.rate_decimals":
        zh "利率“{value}”超过四位小数", "百分数最多保留四位小数";
        en "the rate “{value}” has more than four decimals", "give the percent figure with four decimals at most";
    /// A number beyond what can be stored.
    OUT_OF_RANGE = "cell.out_of_range":
        zh "数字“{value}”太大", "请核对该数字和单位";
        en "the number “{value}” is too large", "check the number and its unit";
    /// Not a date.
    BAD_DATE = "cell.bad_date":
        zh "“{value}”不是有效日期", "请按 2025-09-30 的格式填写";
        en "“{value}” is not a valid date", "write it as 2025-09-30";
    /// Not yes or no.
    BAD_FLAG = "cell.bad_flag":
        zh "“{value}”不是“是”或“否”", "请填 Y 或 N（是、否也可）";
        en "“{value}” is neither yes nor no", "write Y or N";
    /// Not a USCC, or a check character is wrong.
    BAD_USCC = "cell.bad_uscc":
        zh "“{value}”不是有效的统一社会信用代码", "请核对 18 位代码，注意 0 与 O、1 与 I 的区别";
        en "“{value}” is not a valid unified social credit code", "check its 18 characters; mind 0 and O, 1 and I";
    /// Not in the closed set.
    BAD_CODE = "cell.unknown_code":
        zh "“{value}”不在该列的代码表中", "请填写：{codes}";
        en "“{value}” is not a code of this column", "write one of {codes}";
    /// One code twice in a set.
    REPEATED_CODE = "cell.repeated_code":
        zh "“{value}”中有重复的代码", "每个代码只写一次，用 + 连接";
        en "“{value}” repeats a code", "write each once, joined with +";
    /// Text beyond the column's bound.
    TOO_LONG = "cell.too_long":
        zh "“{value}”超过 {limit} 个字", "请缩短";
        en "“{value}” is over {limit} characters", "shorten it";
    /// Text that a spreadsheet would run.
    FORMULA_TEXT = "cell.formula_text":
        zh "“{value}”会被电子表格当作公式执行", "文字不能以 = + - @ 或制表符开头";
        en "“{value}” would run as a formula in a spreadsheet", "text must not begin with = + - @ or a tab";
    /// Invisible characters.
    CONTROL = "cell.control_character":
        zh "“{value}”含有不可见的控制字符", "请重新录入该单元格";
        en "“{value}” holds invisible control characters", "type the cell again";
    /// A cell computed by a formula.
    FORMULA_CELL = "cell.formula":
        zh "单元格是公式：“{value}”", "请选择性粘贴为数值后再提交";
        en "the cell is a formula: “{value}”", "paste it as a value";
    /// `#N/A` and the like.
    EXCEL_ERROR = "cell.excel_error":
        zh "单元格是错误值 {value}", "请改正后再提交";
        en "the cell holds the error {value}", "correct it";
    /// A percentage format, under which 3.45 % is stored as 0.0345.
    PERCENT_FORMAT = "cell.percent_format":
        zh "单元格设成了百分比格式，存的数是 {value}", "请改为常规格式，3.45% 填 3.45";
        en "the cell has a percentage format and stores {value}", "use the general format and write 3.45 for 3.45%";
    /// A code typed as a number, so that digits may be lost.
    LONG_NUMBER = "cell.long_number":
        zh "“{value}”存成了数字，可能已丢失位数", "请把该列设为文本格式后重新填写";
        en "“{value}” is stored as a number and may have lost digits", "format the column as text and enter it again";
    /// Damaged, or not what the format allows.
    BAD_XLSX = "xlsx.damaged":
        zh "工作簿“{path}”已损坏或不完整：{why}", "请用电子表格软件打开后另存为 .xlsx，再提交";
        en "the workbook “{path}” is damaged or incomplete: {why}", "open it in a spreadsheet program and save it as .xlsx again";
    /// Unpacks to more than allowed.
    XLSX_BOMB = "xlsx.unpacks_too_large":
        zh "工作簿“{path}”展开后超过 {limit} 字节", "请拆分文件，或改用 csv、Parquet";
        en "the workbook “{path}” unpacks to more than {limit} bytes", "split it, or use csv or Parquet";
    /// No sheet to read.
    NO_SHEET = "xlsx.no_sheet":
        zh "工作簿“{path}”没有工作表", "请把数据放在第一张工作表";
        en "the workbook “{path}” has no sheet", "put the table on the first sheet";
    /// Damaged, cut, or not what the format allows.
    BAD_PARQUET = "parquet.damaged":
        zh "Parquet 文件“{path}”已损坏或不完整：{why}", "请重新导出";
        en "the Parquet file “{path}” is damaged or incomplete: {why}", "export it again";
    /// A column of another type.
    PARQUET_TYPE = "parquet.column_type":
        zh "列“{column}”的类型是 {found}，应为 {expected}", "请按格式说明改正列的类型";
        en "the column “{column}” is {found}, not {expected}", "correct its type by the format page";
    /// A batch that is not of the shape; the program's own mistake.
    SHAPE_MISMATCH = "write.shape_mismatch":
        zh "要写出的数据与“{table}”表的格式不符：{column}", "这是程序的问题，请报告";
        en "the data to write are not of the table “{table}”: {column}", "this is a mistake of the program: please report it";
    /// More rows than a sheet holds.
    SHEET_FULL = "write.sheet_full":
        zh "超过一张工作表能容纳的 {limit} 行", "请改用 csv 或 Parquet 导出";
        en "more than the {limit} rows that a sheet holds", "export as csv or Parquet";
    /// A header that a loose table does not have.
    NO_SUCH_COLUMN = "table.no_such_column":
        zh "表中没有列“{column}”", "可用的列：{columns}";
        en "the table has no column “{column}”", "it has {columns}";
    /// A column without a name.
    UNNAMED_COLUMN = "table.unnamed_column":
        zh "第 {position} 列没有列名", "请在第一行写上列名，或删除该列";
        en "column {position} has no name", "name it in the first row, or remove the column";
    /// A decimal that a ratio cannot hold.
    RATIO_RANGE = "cell.ratio_range":
        zh "“{value}”超出比率的范围（最多 12 位小数，绝对值小于 922 万）", "请指明列“{column}”的类型，例如 money 或 text";
        en "“{value}” is beyond a ratio (twelve decimals, below 9.2 million)", "state the type of the column “{column}”, such as money or text";
    /// A type that a loose table does not know.
    UNKNOWN_TYPE = "table.unknown_type":
        zh "未知的列类型“{value}”", "可用：int money rate ratio bool text date";
        en "“{value}” is not a type", "use int, money, rate, ratio, bool, text or date";
}
