//! The faults of the kernel.

crate::faults! {
    /// A text that is no amount at all.
    MONEY_INVALID = "money.invalid":
        zh "“{value}”不是有效金额", "请写数字，如 1234.56、-1,234.56 或 2.5亿元";
        en "“{value}” is not an amount", "write a number such as 1234.56, -1,234.56 or 2.5亿元";
    /// Finer than one fen.
    MONEY_TOO_PRECISE = "money.too_precise":
        zh "金额“{value}”小于一分的部分无法记录", "以元为单位最多两位小数，万元最多六位，亿元最多十位";
        en "the amount “{value}” is finer than one fen", "use at most two decimals in yuan, six in 万元, ten in 亿元";
    /// Outside what 64 bits of fen hold.
    MONEY_OVERFLOW = "money.overflow":
        zh "金额“{value}”超出可记录的范围", "绝对值不得超过 92,233,720,368,547,758.07 元";
        en "the amount “{value}” is out of range", "keep it within ±92,233,720,368,547,758.07 yuan";
    /// Weights that share nothing out.
    SPLIT_WEIGHTS = "money.bad_weights":
        zh "金额无法按这些权重分摊：权重之和为零", "请至少给出一个大于零的权重";
        en "the amount cannot be split: the weights add up to zero", "give at least one weight above zero";
    /// A text that is no rate.
    RATE_INVALID = "rate.invalid":
        zh "“{value}”不是有效利率", "请按百分数填写，如 3.45 或 3.45%";
        en "“{value}” is not a rate", "write it in percent, such as 3.45 or 3.45%";
    /// Finer than one part per million.
    RATE_TOO_PRECISE = "rate.too_precise":
        zh "利率“{value}”的小数位过多", "百分数最多四位小数";
        en "the rate “{value}” has too many decimals", "use at most four decimals of a percent";
    /// Outside what 64 bits of parts per million hold.
    RATE_OVERFLOW = "rate.overflow":
        zh "利率“{value}”超出可记录的范围", "请核对是否多写了位数";
        en "the rate “{value}” is out of range", "check for extra digits";
    /// A text that is no whole number of basis points.
    BASIS_POINTS_INVALID = "rate.basis_points_invalid":
        zh "“{value}”不是整数基点", "请写整数，如 -40";
        en "“{value}” is not a whole number of basis points", "write a whole number such as -40";
    /// A date that no calendar has.
    DATE_INVALID = "date.invalid":
        zh "“{value}”不是有效日期", "请按 2025-09-30 的格式填写";
        en "“{value}” is not a valid date", "write it as 2025-09-30";
    /// An interest period that ends before it starts.
    PERIOD_BACKWARDS = "daycount.backwards":
        zh "计息期止于{end}，早于起始日{start}", "请核对起止日期";
        en "the interest period ends on {end}, before it starts on {start}", "check the two dates";
    /// Interest beyond 64 bits of fen, or a product beyond 128 bits.
    INTEREST_OVERFLOW = "daycount.overflow":
        zh "利息超出可记录的范围", "请核对本金、利率和期限";
        en "the interest is out of range", "check principal, rate and period";
    /// Not eighteen characters.
    USCC_LENGTH = "uscc.length":
        zh "统一社会信用代码“{value}”有{length}位，应为18位", "请按营业执照核对全部18位";
        en "the USCC “{value}” has {length} characters; it must have 18", "copy all 18 from the business licence";
    /// A character outside the code's alphabet.
    USCC_CHARACTER = "uscc.character":
        zh "统一社会信用代码“{value}”第{place}位“{character}”不可用", "只用数字和大写字母，不含 I、O、S、V、Z；易与 1、0、5、2 相混";
        en "character {place} of the USCC “{value}”, “{character}”, is not allowed", "use digits and capitals except I, O, S, V, Z, which are easily taken for 1, 0, 5, 2";
    /// Places 3 to 8 are the registrar's administrative division, six digits.
    USCC_REGION = "uscc.region":
        zh "统一社会信用代码“{value}”第3至8位应为六位数字的登记机关行政区划码", "请核对第3至8位";
        en "places 3 to 8 of the USCC “{value}” must be the six digits of the registrar's division", "check places 3 to 8";
    /// Place 17 does not follow from places 9 to 16 (GB 11714).
    USCC_ORGANISATION_CHECK = "uscc.organisation_check":
        zh "统一社会信用代码“{value}”第17位（组织机构代码校验码）应为“{expected}”", "请核对第9至17位";
        en "place 17 of the USCC “{value}” (check character of the organisation code) should be “{expected}”", "check places 9 to 17";
    /// Place 18 does not follow from the rest (GB 32100).
    USCC_CHECK = "uscc.check":
        zh "统一社会信用代码“{value}”第18位校验码应为“{expected}”", "至少有一位抄错，请逐位核对";
        en "the last character of the USCC “{value}” should be “{expected}”", "at least one character is wrong: compare them one by one";
    /// An identifier with other characters than the rule allows, or too long.
    ID_INVALID = "id.invalid":
        zh "{kind}“{value}”无效", "请用1至20位字母、数字、“-”或“_”";
        en "the {kind_en} “{value}” is not valid", "use 1 to 20 letters, digits, “-” or “_”";
}
