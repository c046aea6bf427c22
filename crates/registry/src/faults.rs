//! The faults of the registry.

huoshui_kernel::faults! {
    /// A reference table that cannot be read or contradicts itself.
    REFERENCE_UNREADABLE = "reference.unreadable":
        zh "基础数据表“{table}”有误：{detail}", "请修正该数据文件后重试";
        en "the reference table “{table}” is wrong: {detail}", "correct the data file and try again";
    /// A code of a reference table whose form is wrong.
    CODE_FORM = "reference.code_form":
        zh "“{value}”不是有效的{kind}", "{kind}的格式如 {example}";
        en "“{value}” is not a valid {kind_en}", "write it like {example}";
    /// A district that the table does not have on that date.
    DISTRICT_UNKNOWN = "district.unknown":
        zh "未知的区“{value}”", "请填六位代码或区名，如 110108 或海淀区；经开区为 110400";
        en "unknown district “{value}”", "write the six-digit code or the name, such as 110108 or Haidian; Yizhuang is 110400";
    /// No such division in the classification.
    INDUSTRY_UNKNOWN = "industry.unknown":
        zh "未知的行业代码“{value}”", "请填 GB/T 4754-2017 小类：门类字母加四位数字，如 I6510";
        en "unknown industry code “{value}”", "write the GB/T 4754-2017 class: section letter and four digits, such as I6510";
    /// The letter is not the section of the division.
    INDUSTRY_SECTION = "industry.section_mismatch":
        zh "行业代码“{value}”的门类应为“{section}”", "大类 {division} 属于门类 {section}，请核对";
        en "the section of the industry code “{value}” should be “{section}”", "division {division} belongs to section {section}; check the code";
    /// A field that must say something.
    FIELD_EMPTY = "registry.empty_field":
        zh "“{field}”不能为空", "请补全该栏";
        en "“{field}” must not be empty", "fill it in";
    /// A number below zero where none can be.
    NEGATIVE = "registry.negative":
        zh "“{field}”不能为负（{value}）", "请核对数值的正负号";
        en "“{field}” must not be negative ({value})", "check its sign";
    /// Founded after the day the file speaks of.
    FOUNDED_LATER = "enterprise.founded_later":
        zh "成立日期{founded_on}晚于数据日期{date}", "请核对成立日期，或把该企业放入以后日期的文件";
        en "founded on {founded_on}, after the file's date {date}", "check the founding date, or put the firm in a later file";
    /// The same key twice in one table.
    DUPLICATE = "registry.duplicate":
        zh "“{key}”重复，第{first}行已有", "每个键只能有一行，请删去一行";
        en "“{key}” is there twice; row {first} has it too", "keep one row for each key";
    /// An institution that does not lend is said to file loans.
    NOT_A_LENDER = "institution.not_a_lender":
        zh "{name}属于“{kind}”，不发放贷款，却标为报送贷款", "请把“报送贷款”改为“否”，或更正机构类别";
        en "{name} is a {kind_en}, which does not lend, but is said to file loans", "set files_loans to N or correct the kind";
    /// More rows than any list may have.
    TOO_MANY_ROWS = "registry.too_many_rows":
        zh "共{rows}行，超过上限{limit}行", "请检查文件，或分批导入";
        en "{rows} rows are over the limit of {limit}", "check the file, or import it in parts";
    /// A list without a row would end every recognition.
    LIST_EMPTY = "roster.empty":
        zh "{date}的名单没有一行", "名单应为当日全量；如确需清空，请联系名单主管部门";
        en "the list of {date} has no rows", "a list is the whole list of its day; check the file";
    /// Another list of that day is in the library.
    LIST_DATE_TAKEN = "roster.date_taken":
        zh "名单库已有{date}的名单，且内容不同", "如要更正该日名单，请加 --replace-list 重新导入";
        en "the library already has another list of {date}", "to correct the list of that day, import it again with --replace-list";
    /// The plan has faults.
    LIST_REFUSED = "roster.refused":
        zh "{date}的名单有{count}处错误，未导入任何一行", "请按所列错误逐行更正后重新导入";
        en "the list of {date} has {count} errors; nothing of it was imported", "correct the rows listed and import it again";
    /// The library changed between planning and applying.
    PLAN_STALE = "roster.plan_stale":
        zh "预览之后名单库已有变化，{date}的名单未导入", "请重新预览，再导入";
        en "the library changed after this preview; the list of {date} was not imported", "preview it again, then import";
    /// One enterprise and tier with two certificates.
    TWO_CERTIFICATES = "roster.two_certificates":
        zh "{name}的同一层级有两张证书：{first_certificate}（第{first}行）与{certificate}", "同一企业同一层级只能有一张有效证书，请保留一张";
        en "{name} has two certificates of one tier: {first_certificate} (row {first}) and {certificate}", "keep the one certificate that is in force";
    /// One certificate number held by two enterprises.
    CERTIFICATE_SHARED = "roster.certificate_shared":
        zh "证书编号{certificate}已属于{other}", "请核对证书编号和统一社会信用代码；如以前的名单有误，请先更正那份名单";
        en "the certificate {certificate} already belongs to {other}", "check the certificate number and the USCC; if an earlier list was wrong, correct that list first";
    /// A term that ends before it starts.
    TERM_BACKWARDS = "roster.term_backwards":
        zh "有效期至{valid_to}早于有效期自{valid_from}", "请核对两个日期";
        en "valid to {valid_to}, before it is valid from {valid_from}", "check the two dates";
    /// Two rows of one enterprise disagree on its name or district.
    FIRM_INCONSISTENT = "roster.firm_inconsistent":
        zh "同一企业{uscc}在第{first}行为“{other}”，此处为“{value}”", "同一企业各行的名称和所属区应一致";
        en "{uscc} is “{other}” in row {first} and “{value}” here", "give one enterprise the same name and district in all its rows";
    /// The name belongs to another enterprise.
    NAME_OF_ANOTHER = "roster.name_of_another":
        zh "名称“{name}”对应的统一社会信用代码是{other}，此行为{uscc}", "请核对该行的名称和统一社会信用代码；如该企业确已改用此名，请先更新企业登记信息";
        en "“{name}” is the name of {other}; this row says {uscc}", "check the name and the USCC of the row; if the firm did take this name, update the enterprise table first";
}
