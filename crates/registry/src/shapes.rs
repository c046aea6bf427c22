//! The tables of the registry as files.

use huoshui_kernel::shape::{CellKind as K, CodeName, ColumnShape as C, TableShape};

/// What an institution is.
pub const INSTITUTION_KIND: &[CodeName] = &[
    CodeName::new("policy_bank", "政策性银行", "Policy bank"),
    CodeName::new("large_bank", "国有大型商业银行", "Large state-owned commercial bank"),
    CodeName::new("joint_stock_bank", "股份制商业银行", "Joint-stock commercial bank"),
    CodeName::new("city_bank", "城市商业银行", "City commercial bank"),
    CodeName::new("rural_bank", "农村商业银行", "Rural commercial bank"),
    CodeName::new("village_bank", "村镇银行", "Village and township bank"),
    CodeName::new("private_bank", "民营银行", "Private bank"),
    CodeName::new("foreign_bank", "外资银行", "Foreign bank"),
    CodeName::new("finance_company", "财务公司", "Finance company"),
    CodeName::new("property_insurer", "财产保险公司", "Property insurer"),
    CodeName::new("life_insurer", "人身保险公司", "Life insurer"),
    CodeName::new("guarantor", "融资担保公司", "Guarantee company"),
];

/// Whose capital.
pub const FUNDING: &[CodeName] =
    &[CodeName::new("chinese", "中资", "Chinese-funded"), CodeName::new("foreign", "外资", "Foreign-funded")];

/// What a certificate recognises. SRDI is `srdi_sme` and `little_giant`.
pub const TIER: &[CodeName] = &[
    CodeName::new("little_giant", "专精特新“小巨人”企业", "Little giant"),
    CodeName::new("srdi_sme", "专精特新中小企业", "SRDI SME"),
    CodeName::new("innovative_sme", "创新型中小企业", "Innovative SME"),
    CodeName::new("technology_sme", "科技型中小企业", "Technology SME"),
];

/// Banks, insurers and other institutions. File `institutions.csv`.
pub static INSTITUTIONS: TableShape = TableShape {
    name: "institutions",
    zh: "机构",
    key: &["code"],
    columns: &[
        C::required("code", "机构代码", K::Text, ("字母和数字", "Letters and digits")).up_to(20),
        C::required("name_zh", "机构名称", K::Text, ("", "")).up_to(100),
        C::required("name_en", "英文名称", K::Text, ("", "")).up_to(150),
        C::required("kind", "机构类别", K::Code(INSTITUTION_KIND), ("", "")),
        C::required("funding", "资本性质", K::Code(FUNDING), ("", "")),
        C::required("files_loans", "报送贷款", K::Flag, ("贷款机构为是", "Lenders file loans")),
    ],
};

/// Municipal departments. File `departments.csv`.
pub static DEPARTMENTS: TableShape = TableShape {
    name: "departments",
    zh: "部门",
    key: &["code"],
    columns: &[
        C::required("code", "部门代码", K::Text, ("", "")).up_to(20),
        C::required("name_zh", "部门名称", K::Text, ("", "")).up_to(100),
        C::required("name_en", "英文名称", K::Text, ("", "")).up_to(150),
    ],
};

/// What is registered of each enterprise on a date. File `enterprises.DATE.csv`; a firm not named keeps what it had.
pub static ENTERPRISES: TableShape = TableShape {
    name: "enterprises",
    zh: "企业",
    key: &["uscc"],
    columns: &[
        C::required("uscc", "统一社会信用代码", K::Uscc, ("", "")),
        C::required("name", "企业名称", K::Text, ("", "")).up_to(120),
        C::optional("former_name", "曾用名", K::Text, ("", "")).up_to(120),
        C::required(
            "district",
            "所属区",
            K::Text,
            ("六位行政区划代码或区名，经开区为110400", "Six-digit division code or name; Yizhuang is 110400"),
        )
        .up_to(20),
        C::required(
            "industry",
            "行业代码",
            K::Text,
            ("GB/T 4754 小类，门类字母加四位数字", "GB/T 4754 class: section letter and four digits"),
        )
        .up_to(5),
        C::required("employees", "从业人员", K::Int, ("上年末，人", "At the end of last year")),
        C::required("revenue", "营业收入", K::Money, ("上年，元", "Of last year, yuan")),
        C::required("assets", "资产总额", K::Money, ("上年末，元", "At the end of last year, yuan")),
        C::required("founded_on", "成立日期", K::Date, ("", "")),
        C::required("capital", "注册资本", K::Money, ("元", "Yuan")),
    ],
};

/// The list library as published on a date: the whole list of that day. File `roster.DATE.xlsx` or `.csv`.
pub static ROSTER: TableShape = TableShape {
    name: "roster",
    zh: "名单",
    key: &["uscc", "tier"],
    columns: &[
        C::required("uscc", "统一社会信用代码", K::Uscc, ("", "")),
        C::required("name", "企业名称", K::Text, ("", "")).up_to(120),
        C::required("district", "所属区", K::Text, ("", "")).up_to(20),
        C::required(
            "tier",
            "认定层级",
            K::Code(TIER),
            ("一家企业可有多个层级，各一行", "An enterprise may hold several, a row each"),
        ),
        C::required("certificate_no", "证书编号", K::Text, ("", "")).up_to(40),
        C::required("valid_from", "有效期自", K::Date, ("", "")),
        C::required("valid_to", "有效期至", K::Date, ("含当日", "Inclusive")),
        C::required("batch", "批次", K::Text, ("", "")).up_to(40),
    ],
};
