//! Faults of remote departments. A message never repeats what a department sent: it may be hostile, or about a person.

use huoshui_kernel::{Fault, FaultSpec};

huoshui_kernel::faults! {
    /// The name does not resolve.
    DNS = "source.dns":
        zh "找不到部门“{department}”的主机", "请核对该部门的地址和域名解析";
        en "the host of department “{department}” has no address", "check its address and the name service";
    /// Nothing listens there, or the way is barred.
    REFUSED = "source.refused":
        zh "无法连接部门“{department}”", "请确认该部门的服务在运行、网络可达";
        en "department “{department}” cannot be connected to", "see that its service runs and the network lets us through";
    /// No connection in the time allowed for it.
    CONNECT_TIMEOUT = "source.connect_timeout":
        zh "{ms} 毫秒内未能连上部门“{department}”", "请确认网络可达，或放宽 connect_ms";
        en "no connection to department “{department}” within {ms} ms", "see that the network lets us through, or raise connect_ms";
    /// The certificate or the handshake is not good.
    TLS = "source.tls":
        zh "与部门“{department}”的加密连接失败", "请核对其证书、域名和受信任的根证书";
        en "the encrypted connection to department “{department}” failed", "check its certificate, its name and the trusted roots";
    /// The connection ended before an answer.
    BROKEN = "source.broken":
        zh "部门“{department}”在应答前断开了连接", "稍后重试；多次出现请联系该部门";
        en "department “{department}” cut the connection before it answered", "try again later; if it lasts, talk to the department";
    /// The body ended before its stated length.
    TRUNCATED = "source.truncated":
        zh "部门“{department}”的应答不完整", "稍后重试；多次出现请联系该部门";
        en "the answer of department “{department}” is cut short", "try again later; if it lasts, talk to the department";
    /// Not HTTP, or headers beyond any use.
    NOT_HTTP = "source.not_http":
        zh "部门“{department}”的应答不是有效的 HTTP", "请核对地址和端口";
        en "department “{department}” does not answer in valid HTTP", "check the address and the port";
    /// No whole answer before the deadline.
    TIMEOUT = "source.timeout":
        zh "部门“{department}”在 {ms} 毫秒内没有完整应答", "稍后再查；健康页可见其近况";
        en "no whole answer from department “{department}” within {ms} ms", "ask again later; its health page shows how it does";
    /// The breaker is open.
    RESTING = "source.resting":
        zh "部门“{department}”连续失败，暂停访问，约 {ms} 毫秒后再试", "稍后再查；健康页可见其近况";
        en "department “{department}” failed again and again and is left alone for about {ms} ms", "ask again later; its health page shows how it does";
    /// No place left among the requests to this department.
    BUSY = "source.busy":
        zh "等待部门“{department}”的请求已满", "稍后再查，或提高 max_in_flight、max_waiting";
        en "too many requests wait for department “{department}”", "ask again later, or raise max_in_flight or max_waiting";
    /// Status 5xx.
    FAILING = "source.failing":
        zh "部门“{department}”内部出错（状态 {status}）", "稍后再查；多次出现请联系该部门";
        en "department “{department}” fails (status {status})", "ask again later; if it lasts, talk to the department";
    /// Status 429.
    THROTTLED = "source.throttled":
        zh "部门“{department}”限制了访问频率", "稍后再查，或与该部门商定更高的频率";
        en "department “{department}” limits how often it is asked", "ask again later, or agree on a higher rate";
    /// Status 401 or 403.
    UNAUTHORISED = "source.unauthorised":
        zh "部门“{department}”不接受访问密钥", "请更换该部门的密钥";
        en "department “{department}” does not take the key", "set a new key for it";
    /// Status 404.
    NO_RESOURCE = "source.no_resource":
        zh "部门“{department}”没有资源“{resource}”", "请与该部门核对资源目录和地址";
        en "department “{department}” has no resource “{resource}”", "hold the catalogue and the address against the department's";
    /// Another 4xx.
    REJECTED = "source.rejected":
        zh "部门“{department}”拒绝了请求（状态 {status}）", "请与该部门核对接口版本";
        en "department “{department}” rejects the request (status {status})", "hold the version of the protocol against the department's";
    /// Status 3xx: never followed, so that no department sends a key or a firm's code to another host.
    REDIRECT = "source.redirect":
        zh "部门“{department}”要求转到别处，已拒绝", "请把该部门的地址改为最终地址";
        en "department “{department}” sends us elsewhere, which is refused", "set its final address";
    /// A status that is no answer.
    STATUS = "source.status":
        zh "部门“{department}”的状态 {status} 无法理解", "请与该部门核对接口";
        en "status {status} of department “{department}” is no answer", "hold the protocol against the department's";
    /// Not JSON by its own words.
    CONTENT_TYPE = "source.content_type":
        zh "部门“{department}”的应答不是 JSON（可能是网页）", "请核对地址；中间的网关或登录页常有此现象";
        en "the answer of department “{department}” is not JSON (a web page, perhaps)", "check the address; gateways and sign-in pages answer so";
    /// Compressed though we asked for plain.
    ENCODED = "source.encoded":
        zh "部门“{department}”的应答经过压缩，已拒绝", "请该部门按 Accept-Encoding: identity 应答";
        en "the answer of department “{department}” is compressed, which is refused", "the department must keep to Accept-Encoding: identity";
    /// More bytes than allowed.
    TOO_LARGE = "source.too_large":
        zh "部门“{department}”的应答超过 {limit} 字节", "请该部门检查；确有需要再提高 max_body_bytes";
        en "the answer of department “{department}” is over {limit} bytes", "the department should look into it; raise max_body_bytes only if it must be";
    /// More rows than allowed.
    TOO_MANY_ROWS = "source.too_many_rows":
        zh "部门“{department}”给出的行数超过 {limit}", "请缩短时间范围，或提高 max_rows";
        en "department “{department}” gives more than {limit} rows", "ask for a shorter range, or raise max_rows";
    /// Not JSON by its bytes.
    NOT_JSON = "source.not_json":
        zh "部门“{department}”的应答不是有效的 JSON（第 {line} 行第 {place} 列）", "请联系该部门";
        en "the answer of department “{department}” is not valid JSON (line {line}, column {place})", "talk to the department";
    /// JSON, but not the protocol's.
    NOT_PROTOCOL = "source.not_protocol":
        zh "部门“{department}”的应答不符合接口约定（第 {line} 行第 {place} 列）", "请与该部门核对接口文档";
        en "the answer of department “{department}” does not keep to the protocol (line {line}, column {place})", "hold the protocol against the department's";
    /// Somebody else answers at the address.
    WRONG_DEPARTMENT = "source.wrong_department":
        zh "应答者不是部门“{department}”", "请核对地址";
        en "it is not department “{department}” that answers", "check its address";
    /// Another resource than the one asked for.
    WRONG_RESOURCE = "source.wrong_resource":
        zh "部门“{department}”给出的不是资源“{resource}”", "请联系该部门";
        en "department “{department}” gives another resource than “{resource}”", "talk to the department";
    /// Another version of the schema.
    SCHEMA_VERSION = "source.schema_version":
        zh "部门“{department}”的资源“{resource}”版本为 {found}，目录为 {expected}", "请先登记新版本，或请该部门按目录版本应答";
        en "resource “{resource}” of department “{department}” has version {found}, the catalogue {expected}", "register the new version first, or have the department keep to the catalogue's";
    /// Columns other than the schema's.
    DRIFT = "source.drift":
        zh "部门“{department}”的资源“{resource}”与目录不符：缺 {missing}；多 {extra}；类型不同 {retyped}；顺序不同 {reordered}", "请该部门改正，或登记新版本";
        en "resource “{resource}” of department “{department}” differs from the catalogue: missing {missing}; extra {extra}; of another kind {retyped}; out of order {reordered}", "the department must correct it, or register a new version";
    /// Another firm's data.
    OTHER_FIRM = "source.other_firm":
        zh "部门“{department}”给出了另一家企业的数据，已拒收", "请立即联系该部门";
        en "department “{department}” gave another firm's data, which were refused", "talk to the department at once";
    /// Dates that cannot be.
    DATES = "source.dates":
        zh "部门“{department}”的数据日期不合理：{field}", "请该部门改正：截至日不晚于今天，起始日不晚于截至日";
        en "department “{department}” gives a date that cannot be: {field}", "the department must correct it: as_of not after today, covers_from not after as_of";
    /// Rows outside the range asked for.
    OUTSIDE_RANGE = "source.outside_range":
        zh "部门“{department}”给出了所要范围以外的行", "请该部门按 from、to 应答";
        en "department “{department}” gave rows outside the range asked for", "the department must keep to from and to";
    /// A cell that is not what its column holds.
    CELL = "source.cell":
        zh "部门“{department}”给出的“{column}”不符合目录", "请该部门改正该列";
        en "department “{department}” gives a “{column}” that the catalogue does not allow", "the department must correct the column";
    /// Two rows with one key.
    DUPLICATE_ROW = "source.duplicate_row":
        zh "部门“{department}”给出了主键相同的两行", "请该部门改正";
        en "department “{department}” gives two rows with one key", "the department must correct it";
    /// Rows of a firm that it says it does not know.
    CONTRADICTION = "source.contradiction":
        zh "部门“{department}”称不掌握该企业，却给出了行", "请该部门改正";
        en "department “{department}” says that it does not know the firm, and gives rows", "the department must correct it";
    /// A resource or range that cannot be put into words of the protocol.
    BAD_ASK = "source.bad_ask":
        zh "无法按接口表达的请求：{what}", "资源和字段名为小写字母、数字和下划线；起始日不晚于截止日";
        en "this cannot be asked in the protocol: {what}", "codes of resources and fields are small letters, digits and underscores; from is not after to";
    /// Nobody knows this department's address.
    NO_REMOTE = "source.no_remote":
        zh "没有部门“{department}”的远程地址", "请在配置中登记该部门，或改为托管";
        en "there is no remote address of department “{department}”", "configure the department, or host its data";
    /// Two addresses for one department.
    TWO_REMOTES = "source.two_remotes":
        zh "部门“{department}”登记了两个远程地址", "请只留一个";
        en "department “{department}” has two remote addresses", "keep one of them";
    /// An address that is none.
    BAD_BASE = "source.bad_base":
        zh "部门“{department}”的地址无效：{why}", "请写成 https://host:port 或 https://host:port/prefix";
        en "the address of department “{department}” is not valid: {why}", "write it as https://host:port or https://host:port/prefix";
    /// A key in clear over a network.
    PLAIN_HTTP = "source.plain_http":
        zh "部门“{department}”的地址不加密，密钥和企业数据会明文传输", "请用 https；确为内部专线时设 plain_http = true";
        en "the address of department “{department}” is not encrypted: key and data would go in clear", "use https; on a private line set plain_http = true";
    /// A key that no header can hold.
    BAD_KEY = "source.bad_key":
        zh "访问密钥为空、过长或含有不可用的字符", "密钥为 1 到 512 个可见的 ASCII 字符，不含空格";
        en "the key is empty, too long, or has characters that it may not have", "a key has 1 to 512 visible ASCII characters without blanks";
    /// No trusted root certificate.
    NO_ROOTS = "source.no_roots":
        zh "没有可用的受信任根证书", "请安装系统根证书，或在配置中指定部门的根证书文件";
        en "there is no trusted root certificate", "install the system's, or name a file of the department's own";
    /// A setting out of its bounds, or two that contradict each other.
    BAD_SETTING = "source.bad_setting":
        zh "设置 {setting} 应在 {low} 到 {high} 之间", "请改正配置";
        en "the setting {setting} must lie between {low} and {high}", "correct the configuration";
}

/// What a fault of a call means for trying again, for the breaker and for the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It may go better at once: worth another attempt within the deadline. Counts against the department.
    Transient,
    /// The department cannot be used now. Counts against it; another attempt would only cost time.
    Down,
    /// It answers, but something else than what was agreed. The breaker stays as it is, so that the next caller reads the
    /// reason too; nothing old is served, because it would hide the reason.
    Lie,
    /// The request or its key is at fault: ours to correct.
    Ours,
}

impl Class {
    /// The class of a call's fault.
    pub(crate) fn of(fault: &Fault) -> Self {
        const TRANSIENT: [&FaultSpec; 8] =
            [&DNS, &REFUSED, &CONNECT_TIMEOUT, &BROKEN, &TRUNCATED, &FAILING, &THROTTLED, &NOT_HTTP];
        const DOWN: [&FaultSpec; 11] = [
            &TIMEOUT,
            &RESTING,
            &BUSY,
            &TLS,
            &REDIRECT,
            &STATUS,
            &CONTENT_TYPE,
            &ENCODED,
            &TOO_LARGE,
            &NOT_JSON,
            &WRONG_DEPARTMENT,
        ];
        const OURS: [&FaultSpec; 5] = [&UNAUTHORISED, &NO_RESOURCE, &REJECTED, &BAD_ASK, &NO_REMOTE];
        let is = |specs: &[&'static FaultSpec]| specs.iter().any(|s| s.code == fault.code());
        match () {
            () if is(&TRANSIENT) => Self::Transient,
            () if is(&DOWN) => Self::Down,
            () if is(&OURS) => Self::Ours,
            () => Self::Lie,
        }
    }

    /// Whether the department could not be used: the breaker counts it, and an older answer may serve.
    pub(crate) fn is_outage(self) -> bool {
        matches!(self, Self::Transient | Self::Down)
    }
}
