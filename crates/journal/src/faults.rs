//! What can go wrong in the journal. Order of precedence for one command: size and form, busy, reused key, conflict,
//! another body kept under the name.

huoshui_kernel::faults! {
    /// A name is empty, too long, or holds a control character.
    BAD_NAME = "journal.bad_name":
        zh "{what}须为 1 至 {limit} 字节且不含控制字符", "请检查{what}";
        en "{what} must be 1 to {limit} bytes without control characters", "check the {what}";
    /// A count or size over its bound.
    TOO_LARGE = "journal.too_large":
        zh "{what}为 {size}，上限 {limit}", "请拆成较小的命令";
        en "{what} is {size}, over the limit of {limit}", "split it into smaller commands";
    /// A body or document that is not JSON.
    NOT_JSON = "journal.not_json":
        zh "{what}不是有效的 JSON", "请检查写入事件的程序";
        en "{what} is not valid JSON", "check the program that writes it";
    /// A command that names a stream or a document twice, or a version of zero.
    CONTRADICTORY = "journal.contradictory":
        zh "同一命令对“{name}”给出矛盾的要求", "每个流、每份文档在一个命令中只写一次";
        en "the command asks twice or contradictorily for “{name}”", "name each stream and document once in a command";
    /// The queue of the writer is full.
    BUSY = "journal.busy":
        zh "写入繁忙，稍后可用同一幂等键重试", "请稍候后原样重试";
        en "the journal is busy; nothing was written", "wait, then send the same command again under the same key";
    /// The stream has moved on.
    CONFLICT = "journal.conflict":
        zh "“{stream}”已是第 {actual} 版，命令预期第 {expected} 版", "请重新读取后再提交";
        en "“{stream}” is at version {actual}, the command expected {expected}", "read it again, then decide anew";
    /// The key belongs to another request.
    KEY_REUSED = "journal.key_reused":
        zh "幂等键“{key}”已用于另一个请求", "每个不同的请求须用新的键";
        en "the key “{key}” was used for another request", "use a new key for every different request";
    /// Another body was kept under this name.
    KEPT_DIFFERS = "journal.kept_differs":
        zh "“{space}/{key}”已存有不同的内容", "内容在清除之前不可更改；请使用新的名称";
        en "another body is kept under “{space}/{key}”", "a kept body stays as it is until it is erased: use a new name";
    /// Erased, but not yet from the log.
    COPY_LEFT = "journal.copy_left":
        zh "已清除 {erased} 项，但仍有读取者占用预写日志，其中留有副本", "请待长时间的读取（如 verify）结束后再次清除";
        en "{erased} bodies were erased, but a reader still holds the log, in which copies remain", "erase again when long reads (such as verify) have ended";
    /// The store failed.
    STORAGE = "journal.storage":
        zh "存储出错：{detail}", "请检查磁盘与数据库；用同一幂等键重试可知命令是否已生效";
        en "the store failed: {detail}", "check disk and database; the same key tells whether the command took effect";
    /// The writer has ended.
    CLOSED = "journal.closed":
        zh "日志已关闭", "请重新打开后用同一幂等键重试";
        en "the journal is closed", "open it again and repeat under the same key";
    /// Opened for reading alone.
    READ_ONLY = "journal.read_only":
        zh "数据以只读方式打开，不能写入", "请以可写方式打开数据目录";
        en "the journal is open for reading only", "open the data folder for writing";
    /// Somebody began to write while a file at rest was read.
    CHANGED_MEANWHILE = "journal.changed_meanwhile":
        zh "读取期间 {path} 被改动", "请重新运行";
        en "{path} was written to while it was read", "run it again";
    /// The file or database has another format.
    FORMAT = "journal.format":
        zh "数据格式为 {found}，本程序支持 {known}", "请用更新的程序打开";
        en "the data has format {found}, this program knows {known}", "open it with a newer program";
    /// A stored row that cannot be read as what it should be.
    DAMAGED = "journal.damaged":
        zh "存储的记录已损坏：{what}", "请运行 verify，并从备份恢复";
        en "a stored record is damaged: {what}", "run verify and restore from a backup";
    /// A cursor of another list.
    BAD_CURSOR = "journal.bad_cursor":
        zh "翻页游标无效", "请从第一页重新开始";
        en "the page cursor does not belong to this list", "start again from the first page";
    /// Another sealer took over.
    FENCED = "journal.fenced":
        zh "封存任务已由另一进程接管", "无需处理；若非有意，请检查是否重复启动";
        en "another sealer has taken over", "nothing to do, unless two were started by mistake";
    /// The signing key cannot be used.
    BAD_KEY = "journal.bad_key":
        zh "签名密钥无效：{detail}", "请提供 PKCS#8 PEM 格式的 Ed25519 密钥";
        en "the signing key cannot be used: {detail}", "give an Ed25519 key as PKCS#8 PEM";
    /// Signed roots cannot be written to or read from their place.
    PUBLISH = "journal.publish":
        zh "无法读写已公布的封印：{detail}", "请检查公布位置的权限与空间";
        en "published seals cannot be read or written: {detail}", "check the place where they are published";
    /// No such sealed event.
    NOT_SEALED = "journal.not_sealed":
        zh "“{what}”尚未封存", "请先运行封存";
        en "“{what}” is not sealed yet", "seal first";
    /// A proof that does not hold.
    BAD_PROOF = "journal.bad_proof":
        zh "证明不成立：{what}", "请核对事件、封印与公钥";
        en "the proof does not hold: {what}", "check the event, the seal and the public key";
    /// An old event that no upcaster can read.
    UPCAST = "journal.upcast":
        zh "无法读取旧事件 {kind} 第 {schema} 版：{detail}", "请升级程序";
        en "cannot read the old event {kind}, schema {schema}: {detail}", "upgrade the program";
    /// The folder of immutable files failed.
    BLOB_STORAGE = "blob.storage":
        zh "无法写入文件 {path}（{why}）", "请检查磁盘空间和权限";
        en "cannot write the file {path} ({why})", "check the free space and the permissions";
    /// An immutable file is gone or changed.
    BLOB_DAMAGED = "blob.damaged":
        zh "文件 {name} 缺失或内容被改动", "请从备份恢复该文件";
        en "the file {name} is missing or was changed", "restore it from a backup";
}

/// A failure of the store, its cause in words.
pub(crate) fn storage(detail: impl std::fmt::Display) -> huoshui_kernel::Fault {
    huoshui_kernel::Fault::new(&STORAGE).with("detail", detail)
}

/// A stored record that cannot be read.
pub(crate) fn damaged(what: impl std::fmt::Display) -> huoshui_kernel::Fault {
    huoshui_kernel::Fault::new(&DAMAGED).with("what", what)
}
