//! Faults of accounts, sessions and keys. None says whether a login exists.

huoshui_kernel::faults! {
    /// A login, organisation or key id of another form.
    BAD_NAME = "access.bad_name":
        zh "“{value}”不能用作标识", "请用 3 至 64 个小写字母、数字、点、横线或下划线，以字母或数字开头";
        en "“{value}” cannot be an id", "use 3 to 64 lower-case letters, digits, dots, hyphens or underscores, beginning with a letter or digit";
    /// A text that is empty or too long.
    BAD_TEXT = "access.bad_text":
        zh "文字为空、过长或含控制字符", "请填写 1 至 {limit} 个字";
        en "the text is empty, too long or holds control characters", "write 1 to {limit} characters";
    /// The organisation's kind and its entry of the registry do not fit.
    BAD_SUBJECT = "access.bad_subject":
        zh "机构类别“{kind}”的登记代码不符", "企业填统一社会信用代码，银行、保险机构和部门填其登记代码，其他类别不填";
        en "the registry code does not fit an organisation of kind “{kind}”", "an enterprise has its USCC, a bank, insurer or department its registered code, other kinds none";
    /// Another one has the id.
    EXISTS = "access.exists":
        zh "{what}“{id}”已存在", "请换一个标识";
        en "the {what} “{id}” exists already", "choose another id";
    /// No such organisation, account or key.
    NOT_FOUND = "access.not_found":
        zh "没有{what}“{id}”", "请核对标识";
        en "there is no {what} “{id}”", "check the id";
    /// A password that is too short or too long.
    WEAK_PASSWORD = "access.weak_password":
        zh "密码须为 {least} 至 {most} 个字符，且不同于登录名", "请换一个更长的密码，几个不相关的词即可";
        en "a password has {least} to {most} characters and is not the login", "choose a longer one; a few unrelated words will do";
    /// The login or the password is wrong, or the account is closed.
    REFUSED = "access.refused":
        zh "登录名或密码不正确", "请核对后重试；多次失败后须等候";
        en "the login or the password is wrong", "check both; after several failures there is a wait";
    /// Too many failures.
    LOCKED = "access.locked":
        zh "失败次数过多，请等候 {seconds} 秒", "请稍后再试，或请本机构管理员重设密码";
        en "too many failures: wait {seconds} seconds", "try again later, or ask your organisation's administrator to set a new password";
    /// Too many sign-ins at once.
    HASHING = "access.busy":
        zh "登录请求过多，请稍候", "请几秒后重试";
        en "too many sign-ins at once", "try again in a few seconds";
    /// A session or key that is not, or no longer, valid.
    EXPIRED = "access.expired":
        zh "会话或密钥无效、已过期或已撤销", "请重新登录，或请管理员签发新密钥";
        en "the session or key is not valid, has expired or was revoked", "sign in again, or ask an administrator for a new key";
    /// A demonstration account on a real store.
    DEMO_ONLY = "access.demo_only":
        zh "演示账户只能用于演示库", "请用正式账户登录；演示库由 huoshui demo 生成";
        en "demonstration accounts work in a demonstration store only", "sign in with a real account; huoshui demo makes a demonstration store";
    /// A store that holds data cannot become a demonstration.
    NOT_EMPTY = "access.not_empty":
        zh "已有数据的库不能标为演示库", "请在新的目录中运行 huoshui demo";
        en "a store that holds data cannot be marked as a demonstration", "run huoshui demo in a fresh folder";
    /// A scope that does not exist, or none.
    BAD_SCOPE = "access.bad_scope":
        zh "密钥的权限范围“{scope}”无效", "可用范围：{known}";
        en "the scope “{scope}” cannot be given", "the scopes are: {known}";
    /// A key that would live too long.
    BAD_LIFE = "access.bad_life":
        zh "有效期须为 1 至 {most} 天", "请缩短有效期，到期前签发新密钥";
        en "a key lives 1 to {most} days", "choose a shorter life and issue a new key before it ends";
    /// What only the operator may do with a natural person's account.
    OPERATOR_ONLY = "access.operator_only":
        zh "自然人账户只能由平台运营方开立和重设密码", "请本人向平台运营方出示证件办理";
        en "only the platform's operator opens a natural person's account or sets its password", "let the person show the document to the operator";
    /// A number that no identity document has.
    BAD_IDENTITY = "access.bad_identity":
        zh "证件号码格式不符", "请填写 6 至 40 位字母和数字";
        en "this is no identity number", "give its 6 to 40 letters and digits";
    /// A legal representative whose identity nobody checked.
    NOT_IDENTIFIED = "access.not_identified":
        zh "账户“{login}”未经身份核验，不能登记为法定代表人", "请平台运营方核验证件后为其开立账户";
        en "nobody has checked whose the account “{login}” is, so it cannot be the legal representative's", "let the operator check the document and open an account for the person";
    /// A written authorisation that cannot be recorded.
    BAD_AUTHORISATION = "access.bad_authorisation":
        zh "书面委托的编号或期限不成立", "编号为 1 至 60 个字，截止日不早于委托日";
        en "the number or the days of the written authorisation do not hold", "its number has 1 to 60 characters, and it does not end before it begins";
    /// The account is the organisation's last administrator.
    LAST_ADMIN = "access.last_admin":
        zh "不能关闭自己的账户", "请由另一名管理员操作";
        en "an account cannot close itself", "ask another administrator";
}
