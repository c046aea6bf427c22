//! What can go wrong in the use cases.

huoshui_kernel::faults! {
    /// A file whose name says nothing we know.
    UNKNOWN_FILE = "import.unknown_file":
        zh "无法识别文件 {file}", "文件名须为 institutions.csv、enterprises.日期.csv、roster.日期.xlsx 或 notes.机构.日期.csv 等，见 docs/formats/";
        en "{file} is not a file we know", "name it institutions.csv, enterprises.DATE.csv, roster.DATE.xlsx, notes.INSTITUTION.DATE.csv …; see docs/formats/";
    /// Right table, wrong parts.
    FILE_NAME = "import.file_name":
        zh "文件名 {file} 缺少或多出机构代码、日期", "报送文件写作 表名.机构代码.日期.扩展名，例如 notes.B0001.2025-09-30.csv";
        en "the name of {file} lacks an institution or a date, or has one too many", "write TABLE.INSTITUTION.DATE.EXTENSION, for example notes.B0001.2025-09-30.csv";
    /// Cannot be opened.
    UNREADABLE = "import.unreadable":
        zh "无法读取 {file}（{reason}）", "请检查路径和权限";
        en "cannot read {file} ({reason})", "check the path and its permissions";
    /// Folders in folders.
    TOO_DEEP = "import.too_deep":
        zh "{file} 的目录层级超过 {limit} 层", "请直接给出数据文件所在目录";
        en "{file} lies more than {limit} folders deep", "name the folder that holds the files";
    /// More than the bound.
    TOO_MANY_FILES = "import.too_many_files":
        zh "一次导入最多 {limit} 个文件", "请分批导入";
        en "one import takes at most {limit} files", "import them in parts";
    /// Two files for one table of one filing.
    SAME_TABLE_TWICE = "import.same_table_twice":
        zh "同一机构同一日期的同一张表已由 {file} 提供", "只保留一份后重新导入";
        en "{file} already gives this table for this institution and date", "keep one of the two and import again";
    /// A credit policy published past its approval.
    POLICY_GOVERNED = "policy.governed":
        zh "{kind} 类政策须经起草、验证、审批三人并附试算结果，不能直接发布", "请在服务中建立草稿（/v1/credit/drafts），由三人分别处理后发布";
        en "policies of the kind {kind} need a developer, a validator, an approver and a what-if; they cannot be published directly", "make a draft in the service (/v1/credit/drafts) and have three persons take it through";
    /// A kind of policy that there is not.
    POLICY_KIND = "policy.unknown_kind":
        zh "没有“{kind}”这一类政策", "可用的类别：{known}";
        en "there is no kind of policy called “{kind}”", "the kinds are {known}";
    /// A policy file's name.
    POLICY_NAME = "policy.file_name":
        zh "政策文件名 {file} 不合要求", "文件名用小写字母、数字和下划线，以 .toml 结尾";
        en "{file} is not a name for a policy file", "use lower-case letters, digits and underscores, and end in .toml";
    /// A policy file over the bound.
    POLICY_SIZE = "policy.too_large":
        zh "政策文件 {file} 超过 {limit} KiB", "请拆成几个文件";
        en "the policy file {file} is over {limit} KiB", "split it into several files";
    /// The text in force, again.
    POLICY_SAME = "policy.unchanged":
        zh "{file} 与现行版本相同", "无须再次发布";
        en "{file} is what is in force already", "there is nothing to publish";
    /// Others publish at the same time.
    POLICY_BUSY = "policy.busy":
        zh "其他人正在发布政策，{count} 个文件未能记录", "请稍后重试";
        en "others are publishing policies; {count} files were not recorded", "try again in a moment";
    /// Nothing in the data folder.
    NO_DATA = "data.not_found":
        zh "{folder} 中没有活水数据", "请先运行 huoshui import --data {folder} 文件…";
        en "there is no Huoshui data in {folder}", "run huoshui import --data {folder} FILES… first";
    /// A folder and a database that do not belong together.
    TWO_JOURNALS = "data.two_journals":
        zh "数据目录 {folder} 与所给的数据库不是同一个库", "--data 与 --database 须指向同一个库；没有 --database 时用目录中的 journal.db";
        en "the data folder {folder} and the database given do not belong together", "--data and --database must name one store; without --database the folder's journal.db is used";
    /// The data folder cannot be used.
    DATA_FOLDER = "data.folder":
        zh "无法使用数据目录 {folder}（{reason}）", "请检查路径、权限和剩余空间";
        en "cannot use the data folder {folder} ({reason})", "check the path, its permissions and the free space";
    /// The whole file is refused because cells are.
    BAD_ROWS = "import.bad_rows":
        zh "{file} 有 {count} 处错误，未导入任何内容", "首处错误：第 {row} 行 {column}：{first}";
        en "{file} has {count} errors; nothing was imported", "the first: row {row}, {column}: {first}";
    /// Two rows, one key.
    DUPLICATE_KEY = "import.duplicate_key":
        zh "第 {row} 行与前面的行重复（{key}）", "每个主键只保留一行";
        en "row {row} repeats an earlier one ({key})", "keep one row a key";
    /// The rows say another institution or date than the name.
    MISDATED = "import.misdated":
        zh "第 {row} 行写的是 {found}，文件名写的是 {expected}", "请核对文件是否放错或改名";
        en "row {row} says {found}, the file name says {expected}", "check whether the file was renamed or misplaced";
    /// Filings are of quarter ends.
    NOT_QUARTER_END = "import.not_quarter_end":
        zh "{date} 不是季末日", "报送日期须为 3-31、6-30、9-30 或 12-31";
        en "{date} is not the last day of a quarter", "file as of 31 March, 30 June, 30 September or 31 December";
    /// A date that has not come.
    IN_FUTURE = "import.in_future":
        zh "日期 {date} 尚未到来", "请核对文件名中的日期";
        en "{date} is still to come", "check the date in the file name";
    /// The institution is not registered.
    UNKNOWN_INSTITUTION = "import.unknown_institution":
        zh "机构 {institution} 未登记或不报送贷款", "请先导入含该机构的 institutions.csv";
        en "institution {institution} is not registered, or files no loans", "import an institutions.csv that names it first";
    /// Errors found by the checks.
    FILING_REFUSED = "filing.refused":
        zh "{institution} {as_of} 的报送有 {errors} 处错误，整份退回", "逐条错误见 {report}；改正后重新报送";
        en "the filing of {institution} as of {as_of} is refused whole, errors: {errors}", "every error is listed in {report}; correct them and file again";
    /// One finding of a check.
    FINDING = "filing.finding":
        zh "{table_zh} {check}：{zh}", "改正后重新报送整份文件";
        en "{table} {check}: {en}", "correct it and file the whole again";
    /// Warnings that nobody explained.
    UNEXPLAINED = "filing.unexplained":
        zh "{institution} {as_of} 的报送有 {warnings} 处提示尚未说明：{checks}", "请在 explanations.{institution}.{as_of}.csv 中逐项说明后重新报送";
        en "the filing of {institution} as of {as_of} has {warnings} warnings without explanation: {checks}", "explain each in explanations.{institution}.{as_of}.csv and file again";
    /// The first filing must be whole.
    INCOMPLETE_FILING = "filing.incomplete":
        zh "{institution} {as_of} 首次报送缺少 {tables}", "首次报送须同时提供借据、放款和银企关系三张表";
        en "the first filing of {institution} as of {as_of} lacks {tables}", "a first filing needs notes, disbursements and relationships together";
    /// A target of a cell that the figure cannot have.
    TARGET_CELL = "import.target_cell":
        zh "指标 {code} 没有单元 {cell}", "请核对维度和取值；机构须先登记";
        en "{code} has no cell {cell}", "check the dimension and its value; an institution must be registered first";
    /// A department's file without a proper name.
    BATCH_NAME = "batch.file_name":
        zh "{file} 不是部门数据的文件名", "写作 资源.日期.whole.csv（全量）或 资源.日期.change.csv（增量），扩展名 csv 或 parquet";
        en "{file} is not the name of a department's file", "write RESOURCE.DATE.whole.csv, or RESOURCE.DATE.change.csv for new and changed rows; csv or parquet";
    /// Two files for one batch.
    SAME_BATCH_TWICE = "batch.twice":
        zh "同一批次已由 {file} 提供", "只保留一份后重新导入";
        en "{file} already gives this batch", "keep one of the two and import again";
    /// Another department's resource.
    BATCH_DEPARTMENT = "batch.not_yours":
        zh "资源 {resource} 由部门 {owner} 发布，{department} 不能上传", "请由发布部门上传";
        en "the resource {resource} is published by department {owner}, not by {department}", "let the department that publishes it upload it";
    /// Columns are not the schema's.
    BATCH_DRIFT = "batch.drift":
        zh "{file} 的列与 {resource} 第 {schema} 版不符：{zh}", "请按目录的列名和列序给出；结构有变须先发布新版本";
        en "the columns of {file} are not those of {resource}, version {schema}: {en}", "give the catalogue's columns in its order; a changed structure must be published as a new version first";
    /// Columns are another resource's.
    BATCH_OTHER = "batch.other_resource":
        zh "{file} 的列是资源 {other} 的，不是 {resource} 的", "请核对文件是否放错或改名";
        en "the columns of {file} are those of the resource {other}, not of {resource}", "check whether the file was renamed or misplaced";
    /// Errors in the rows.
    BATCH_REFUSED = "batch.refused":
        zh "{batch} 有 {errors} 处错误，整批退回", "逐条错误见 {report}；改正后重新上传";
        en "{batch} is refused whole, errors: {errors}", "every error is listed in {report}; correct them and upload it again";
    /// A row breaks a rule that refuses.
    BATCH_FINDING = "batch.finding":
        zh "{check}：{zh}", "改正后重新上传整批";
        en "{check}: {en}", "correct it and upload the whole again";
    /// Two rows, one key.
    BATCH_TWIN = "batch.duplicate":
        zh "第 {row} 行与第 {first} 行的主键相同", "每个主键只保留一行";
        en "row {row} has the key of row {first}", "keep one row a key";
    /// A row dated after the batch.
    BATCH_LATE_ROW = "batch.row_after":
        zh "该行日期 {date} 晚于批次日期 {as_of}", "请核对该行日期和文件名中的日期";
        en "the row is dated {date}, after the batch's {as_of}", "check the row's date and the date in the file's name";
    /// Older than what is in force.
    BATCH_OLDER = "batch.older":
        zh "{batch} 早于现行数据（{in_force}）", "较旧的数据不能取代较新的；请上传 {in_force} 或之后的批次";
        en "{batch} is older than the data in force ({in_force})", "older data never take the place of newer ones: upload a batch as of {in_force} or later";
    /// Changes of nothing.
    BATCH_NO_WHOLE = "batch.no_whole":
        zh "资源 {resource} 还没有第 {schema} 版的全量数据，无法接受增量 {batch}", "请先上传一份全量（whole）批次";
        en "there is no whole batch of {resource}, version {schema}, for {batch} to change", "upload a whole batch first";
    /// Others upload at the same time.
    BATCH_BUSY = "batch.busy":
        zh "资源 {resource} 正在被其他人更新", "请稍后重试";
        en "others are changing the resource {resource}", "try again in a moment";
    /// Nothing as of a date.
    NOT_HELD = "resource.not_held":
        zh "{date} 没有资源 {resource} 的数据", "请先导入该日期或更早的全量批次；超过保存期限的数据已删除";
        en "there are no data of {resource} as of {date}", "import a whole batch of that date or earlier; data past their retention are gone";
    /// A firm that nobody knows.
    UNKNOWN_FIRM = "exchange.unknown_firm":
        zh "没有统一社会信用代码为 {uscc} 的企业", "请先查询企业，核对代码";
        en "no firm has the code {uscc}", "look the firm up and check its code";
    /// An institution that nobody knows.
    NO_INSTITUTION = "exchange.unknown_institution":
        zh "没有代码为 {code} 的机构", "请核对机构代码";
        en "no institution has the code {code}", "check the institution's code";
    /// Decided on an older version.
    MOVED_ON = "exchange.moved_on":
        zh "{what} 已是第 {version} 版，与您看到的不同", "请重新读取后再决定";
        en "{what} is at version {version}, not at the one you saw", "read it again, then decide";
    /// All look-ups of the day used.
    QUOTA_SPENT = "exchange.quota_spent":
        zh "今日查询次数已达上限 {limit}", "请明日再查，或由管理员调整额度";
        en "today's {limit} look-ups are used", "look up again tomorrow, or ask for a larger quota";
    /// No such line of a log.
    NO_ENTRY = "exchange.no_entry":
        zh "日志中没有第 {version} 条", "请从日志列表中选择";
        en "the log has no entry {version}", "choose one from the log's list";
    /// No such objection, or none of the asker's.
    NO_OBJECTION = "exchange.no_objection":
        zh "没有编号为“{id}”的异议", "请从异议列表中选择";
        en "there is no objection “{id}”", "choose one from the list of objections";
    /// A bulk look-up that cannot be read.
    BULK = "exchange.bulk":
        zh "批量查询文件须为 csv，1 至 {rows} 行，不超过 {kib} KiB", "第一列写统一社会信用代码或企业名称，每行一家；编码为 UTF-8 或 GBK";
        en "a bulk look-up is a csv of 1 to {rows} lines and at most {kib} KiB", "give a code or a name in the first column, one firm a line";
    /// The configuration of remote departments.
    SOURCES_FILE = "sources.file":
        zh "sources.toml 有误：{zh}", "请更正后重新启动";
        en "sources.toml is wrong: {en}", "correct it and start again";
    /// Filed data that cannot be read back.
    DAMAGED = "data.damaged":
        zh "数据目录中的 {what} 已损坏或缺失", "请运行 huoshui verify 查看详情，并从备份恢复";
        en "{what} in the data folder is damaged or missing", "run huoshui verify for details, and restore it from a backup";
    /// Nothing was filed for the date.
    NOTHING_FILED = "data.nothing_filed":
        zh "{date} 没有报送数据", "已有数据的日期：{dates}";
        en "nothing was filed as of {date}", "there are filings as of: {dates}";
    /// No list on the date.
    NO_ROSTER = "data.no_roster":
        zh "{date} 及以前没有名单", "请先导入 roster.日期.xlsx";
        en "there is no list of {date} or earlier", "import a roster.DATE.xlsx first";
    /// A fault of the program.
    INTERNAL = "app.internal":
        zh "内部错误：{what}", "请带上这段文字提交问题";
        en "internal error: {what}", "please report it with this text";
}

/// Why the system refused, in words of both languages: its own are English only.
#[must_use]
pub fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    let known = match error.kind() {
        K::NotFound => "不存在 / not there",
        K::PermissionDenied => "没有权限 / no permission",
        K::StorageFull | K::QuotaExceeded => "空间不足 / no space left",
        K::IsADirectory => "是目录 / is a folder",
        K::NotADirectory => "路径中有文件 / a file stands in the path",
        K::ReadOnlyFilesystem => "只读 / read-only",
        K::AlreadyExists => "已存在 / there already",
        K::InvalidData => "内容不是文本 / not text",
        kind => return kind.to_string(),
    };
    known.to_owned()
}

/// The fault of a file that cannot be read.
#[must_use]
pub fn unreadable(path: &std::path::Path, error: &std::io::Error) -> huoshui_kernel::Fault {
    huoshui_kernel::Fault::new(&UNREADABLE).with("file", path.display()).with("reason", reason(error))
}

/// The fault of a folder or file that cannot be used.
#[must_use]
pub fn folder(path: &std::path::Path, error: &std::io::Error) -> huoshui_kernel::Fault {
    huoshui_kernel::Fault::new(&DATA_FOLDER).with("folder", path.display()).with("reason", reason(error))
}
