//! Faults of requests, of the service and of its configuration.

huoshui_kernel::faults! {
    /// A request that cannot be read.
    MALFORMED = "request.malformed":
        zh "请求无法识别：{what}", "请对照接口文档 /v1/openapi.json";
        en "the request cannot be read: {what}", "compare it with the contract at /v1/openapi.json";
    /// A parameter with a value it cannot have.
    BAD_PARAMETER = "request.bad_parameter":
        zh "参数 {name} 不能是“{value}”", "请写成：{expected}";
        en "the parameter {name} cannot be “{value}”", "{expected}";
    /// Two dates in the wrong order.
    REVERSED = "request.reversed":
        zh "起始日期 {from} 晚于截止日期 {to}", "请对调两个日期";
        en "the first date {from} lies after the last one {to}", "exchange the two dates";
    /// A write without a key.
    KEY_MISSING = "request.key_missing":
        zh "写操作缺少 Idempotency-Key 请求头", "为每个不同的请求生成一个新键（如 UUID），重试时用同一个键";
        en "a write needs the header Idempotency-Key", "make a fresh key (a UUID, say) for every different request, and repeat it when you retry";
    /// A key of another form.
    KEY_FORM = "request.key_form":
        zh "Idempotency-Key 须为 8 至 100 个可见 ASCII 字符", "请用 UUID";
        en "an Idempotency-Key has 8 to 100 visible ASCII characters", "use a UUID";
    /// No such place.
    NO_ROUTE = "request.not_found":
        zh "没有这个地址", "请对照接口文档 /v1/openapi.json";
        en "there is nothing at this address", "compare it with the contract at /v1/openapi.json";
    /// A method the place does not have.
    METHOD = "request.method":
        zh "这个地址不支持该方法", "请对照接口文档 /v1/openapi.json";
        en "this address does not take that method", "compare it with the contract at /v1/openapi.json";
    /// A body over its bound.
    TOO_LARGE = "request.too_large":
        zh "请求内容超过 {limit} 字节", "请拆成较小的请求";
        en "the request's body is over {limit} bytes", "split it into smaller requests";
    /// A body of another type.
    MEDIA_TYPE = "request.media_type":
        zh "请求内容须为 {expected}", "请设置 Content-Type";
        en "the body must be {expected}", "set the Content-Type";
    /// No If-Match where one is needed.
    IF_MATCH_MISSING = "request.if_match_missing":
        zh "修改须带 If-Match 请求头", "先读取，再把答复中的 ETag 放入 If-Match";
        en "this change needs the header If-Match", "read it first and send its ETag as If-Match";
    /// It changed since it was read.
    IF_MATCH = "request.if_match_failed":
        zh "读取之后内容已变", "请重新读取后再决定";
        en "it has changed since you read it", "read it again, then decide anew";
    /// No credentials.
    UNAUTHENTICATED = "auth.required":
        zh "请先登录", "在 Authorization: Bearer 后给出会话令牌或密钥";
        en "sign in first", "send a session's token or a key as Authorization: Bearer";
    /// Refused by policy.
    DENIED = "auth.denied":
        zh "无权进行此操作（{operation}）", "由策略 {policy} 决定；如需权限，请联系本机构管理员或平台运营方";
        en "this is not permitted ({operation})", "decided by the policy {policy}; ask your organisation's administrator or the operator if you need it";
    /// A handler that never asked.
    UNDECIDED = "auth.undecided":
        zh "服务未作权限判断，已拒绝答复", "请提交问题";
        en "the service gave no decision on permission, so there is no answer", "please report it";
    /// Too many requests of one caller.
    RATE = "limit.rate":
        zh "请求过于频繁", "{seconds} 秒后再试";
        en "too many requests", "try again in {seconds} seconds";
    /// Too many expensive questions of one caller.
    QUESTIONS = "limit.questions":
        zh "同时进行的查询过多（上限 {limit}）", "请等前面的查询完成";
        en "too many questions at once (the limit is {limit})", "wait until the earlier ones are answered";
    /// The server has enough to do.
    OVERLOADED = "server.overloaded":
        zh "服务繁忙", "请稍候重试；写操作用同一个 Idempotency-Key";
        en "the server is busy", "try again shortly; repeat a write under the same Idempotency-Key";
    /// It took too long.
    DEADLINE = "server.deadline":
        zh "处理超过 {seconds} 秒，已放弃答复", "缩小问题范围后重试；写操作用同一个 Idempotency-Key 可知是否已生效";
        en "it took longer than {seconds} seconds", "ask a narrower question; the same Idempotency-Key tells whether a write took effect";
    /// Going down.
    STOPPING = "server.stopping":
        zh "服务正在停止", "请稍候重试";
        en "the server is stopping", "try again shortly";
    /// A fault of the program.
    INTERNAL = "server.internal":
        zh "内部错误", "请带上请求编号提交问题";
        en "internal error", "please report it with the request's number";
    /// No such job.
    NO_JOB = "job.not_found":
        zh "没有作业“{id}”", "请核对编号";
        en "there is no job “{id}”", "check its id";
    /// Too many jobs.
    JOBS_FULL = "job.full":
        zh "排队的作业过多", "请等前面的作业完成";
        en "too many jobs are waiting", "wait until the earlier ones are done";
    /// A job whose server went away.
    JOB_LOST = "job.lost":
        zh "执行作业的服务器已停止，作业没有完成", "请用新的 Idempotency-Key 重新提交；已导入的部分不会重复";
        en "the server that ran the job has stopped before it was done", "send it again under a new Idempotency-Key; what was taken in is not taken twice";
    /// Files that may not be sent here.
    WRONG_FILE = "upload.wrong_file":
        zh "这里不能上传文件 {file}", "请写成：{expected}";
        en "the file {file} cannot be sent here", "{expected}";
    /// An upload without files.
    NO_FILES = "upload.no_files":
        zh "没有上传任何文件", "以 multipart/form-data 上传，文件名如 notes.B0001.2025-09-30.csv";
        en "no file was sent", "send multipart/form-data with file names such as notes.B0001.2025-09-30.csv";
    /// No findings.
    NO_FINDINGS = "filing.no_findings":
        zh "{institution} {as_of} 没有退回记录", "只有被退回的报送才有";
        en "there are no findings of {institution} as of {as_of}", "only a refused filing has them";
    /// No filing.
    NO_FILING = "filing.not_found":
        zh "{institution} 没有 {as_of} 的报送", "请核对机构和日期";
        en "{institution} has no filing as of {as_of}", "check the institution and the date";
    /// No such institution, department or enterprise.
    UNKNOWN = "registry.not_found":
        zh "没有登记“{id}”", "请核对代码";
        en "“{id}” is not registered", "check the code";
    /// An id that is too long ago.
    TOO_OLD = "inbox.too_old":
        zh "收件箱位置过旧，无法续传", "请不带 Last-Event-ID 重新连接，并用列表补看";
        en "that place in the inbox is too long ago to resume from", "connect without Last-Event-ID and page through the list";
    /// A setting with a value it cannot have.
    SETTING = "config.setting":
        zh "设置 {name} 无效：{why}", "请修改配置";
        en "the setting {name} is not valid: {why}", "correct the configuration";
    /// Two settings that contradict each other.
    CONTRADICTION = "config.contradiction":
        zh "设置 {one} 与 {other} 矛盾：{why}", "请修改其中之一";
        en "the settings {one} and {other} contradict each other: {why}", "change one of them";
    /// The configuration file cannot be read.
    UNREADABLE = "config.unreadable":
        zh "无法读取配置 {file}：{why}", "请检查路径和 TOML 格式";
        en "the configuration {file} cannot be read: {why}", "check the path and that it is TOML";
    /// The address cannot be taken.
    LISTEN = "server.listen":
        zh "无法监听 {address}：{why}", "请换一个地址或端口，0 为任意空闲端口";
        en "cannot listen on {address}: {why}", "choose another address or port; 0 takes any free one";
    /// Authorization policies that do not hold together.
    POLICIES = "auth.policies":
        zh "权限策略无效：{why}", "请修改 policies/authorization";
        en "the authorization policies are not valid: {why}", "correct policies/authorization";
}
