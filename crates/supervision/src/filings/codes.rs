//! The closed sets of codes that filings use.

use huoshui_kernel::shape::CodeName;

/// Currencies a note may be in.
pub const CURRENCY: &[CodeName] = &[
    CodeName::new("CNY", "人民币", "Renminbi"),
    CodeName::new("USD", "美元", "US dollar"),
    CodeName::new("EUR", "欧元", "Euro"),
    CodeName::new("HKD", "港元", "Hong Kong dollar"),
    CodeName::new("JPY", "日元", "Japanese yen"),
    CodeName::new("GBP", "英镑", "Pound sterling"),
];

/// Kinds of business. *Loans* are `loan` and `syndicated_share`.
pub const BUSINESS_KIND: &[CodeName] = &[
    CodeName::new("loan", "贷款", "Loan"),
    CodeName::new("syndicated_share", "银团贷款份额", "Share of a syndicated loan"),
    CodeName::new("discount", "贴现", "Discounted bill"),
    CodeName::new("rediscount", "转贴现", "Rediscounted bill"),
    CodeName::new("advance", "垫款", "Advance"),
    CodeName::new("entrusted", "委托贷款", "Entrusted loan"),
];

/// What the money is for.
pub const PURPOSE: &[CodeName] = &[
    CodeName::new("working_capital", "流动资金", "Working capital"),
    CodeName::new("research", "科技研发", "Research and development"),
    CodeName::new("fixed_assets", "固定资产", "Fixed assets"),
    CodeName::new("merger", "并购", "Mergers and acquisitions"),
    CodeName::new("trade", "贸易融资", "Trade finance"),
    CodeName::new("other", "其他", "Other"),
];

/// How the rate is set.
pub const RATE_KIND: &[CodeName] =
    &[CodeName::new("fixed", "固定利率", "Fixed"), CodeName::new("lpr", "LPR浮动", "Loan prime rate plus a spread")];

/// The main guarantee.
pub const MAIN_GUARANTEE: &[CodeName] = &[
    CodeName::new("credit", "信用", "Unsecured credit"),
    CodeName::new("mortgage", "抵押", "Mortgage"),
    CodeName::new("pledge", "质押", "Pledge"),
    CodeName::new("guarantor", "保证", "Guarantor"),
];

/// Everything that mitigates the risk of a note; combinations are normal. IP pledges have a flag of their own.
pub const MITIGANT: &[CodeName] = &[
    CodeName::new("real_estate", "房地产抵押", "Real estate"),
    CodeName::new("equipment", "设备抵押", "Equipment"),
    CodeName::new("receivables", "应收账款质押", "Receivables"),
    CodeName::new("deposit", "存单保证金质押", "Deposit or cash collateral"),
    CodeName::new("equity", "股权质押", "Equity"),
    CodeName::new("guarantee_company", "融资担保公司保证", "Guarantee company"),
    CodeName::new("corporate_guarantor", "企业保证", "Corporate guarantor"),
    CodeName::new("personal_guarantor", "个人保证", "Personal guarantor"),
    CodeName::new("insurance", "信用保证保险", "Credit insurance"),
    CodeName::new("other", "其他", "Other"),
];

/// Five-tier classification; the last three are non-performing.
pub const FIVE_TIER: &[CodeName] = &[
    CodeName::new("normal", "正常", "Normal"),
    CodeName::new("special_mention", "关注", "Special mention"),
    CodeName::new("substandard", "次级", "Substandard"),
    CodeName::new("doubtful", "可疑", "Doubtful"),
    CodeName::new("loss", "损失", "Loss"),
];

/// Whether and how a note renews an earlier one. Extension, restructuring and refinancing are not renewals.
pub const RENEWAL_KIND: &[CodeName] = &[
    CodeName::new("none", "无", "None"),
    CodeName::new("renewal", "无还本续贷", "Renewal without principal repayment"),
    CodeName::new("extension", "展期", "Extension"),
    CodeName::new("restructuring", "重组", "Restructuring"),
    CodeName::new("refinancing", "借新还旧", "Refinancing"),
];

/// How firmly a line is promised. Only `committed` lines count as credit lines.
pub const COMMITMENT: &[CodeName] = &[
    CodeName::new("committed", "已承诺", "Committed"),
    CodeName::new("revocable", "可撤销", "Revocable"),
    CodeName::new("pre_offer", "预授信", "Pre-offer"),
];
