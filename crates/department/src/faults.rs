//! Faults of a department's endpoint.

huoshui_kernel::faults! {
    /// A folder that cannot be read.
    FOLDER = "department.folder":
        zh "无法读取目录“{path}”：{why}", "请核对 --files";
        en "the folder “{path}” cannot be read: {why}", "check --files";
    /// No file of the department's, or none of a resource that was named.
    NO_FILES = "department.no_files":
        zh "目录“{path}”中没有“{what}”的 whole 文件", "请放入 资源.日期.whole.csv 或 .parquet";
        en "the folder “{path}” has no whole file of “{what}”", "put RESOURCE.DATE.whole.csv or .parquet there";
    /// A resource that the department does not publish.
    NOT_PUBLISHED = "department.not_published":
        zh "部门“{department}”在目录中没有资源“{resource}”", "请核对 --code 和 --resources";
        en "the catalogue has no resource “{resource}” of department “{department}”", "check --code and --resources";
    /// The same batch twice.
    TWICE = "department.batch_twice":
        zh "“{batch}”有两个文件", "csv 和 parquet 请只留一个";
        en "there are two files of “{batch}”", "keep the csv or the parquet file";
    /// A file with bad cells.
    BAD_CELLS = "department.bad_cells":
        zh "文件“{file}”有 {count} 处错误，第一处：{first}", "请改正后再启动";
        en "the file “{file}” has {count} mistakes, the first: {first}", "correct it and start again";
    /// Too many rows for one process.
    TOO_MANY_ROWS = "department.too_many_rows":
        zh "资源“{resource}”超过 {limit} 行", "请拆分部门，或改为托管";
        en "resource “{resource}” has more than {limit} rows", "divide the department, or host its data";
    /// The address cannot be listened on.
    LISTEN = "department.listen":
        zh "无法监听 {address}：{why}", "请换一个端口；端口 0 由系统选择";
        en "{address} cannot be listened on: {why}", "take another port; port 0 lets the system choose";
    /// The control endpoint open to others.
    CONTROL_EXPOSED = "department.control_exposed":
        zh "--control 只能用于本机地址，而 --listen 是 {address}", "请监听 127.0.0.1，或去掉 --control";
        en "--control is for loopback alone, and --listen is {address}", "listen on 127.0.0.1, or leave --control out";
    /// A key that no header can hold.
    BAD_KEY = "department.bad_key":
        zh "访问密钥为空、过长或含有不可用的字符", "密钥为 1 到 512 个可见的 ASCII 字符，不含空格";
        en "the key is empty, too long, or has characters that it may not have", "a key has 1 to 512 visible ASCII characters without blanks";
    /// A variable or a file without a key.
    KEY_SOURCE = "department.key_source":
        zh "无法从 {from} 取得访问密钥：{why}", "请设置该环境变量，或写入该文件";
        en "the key cannot be had from {from}: {why}", "set the variable, or write the file";
    /// A way of misbehaving that is none.
    MISBEHAVIOUR = "department.misbehaviour":
        zh "“{value}”不是可用的异常方式", "可用：{known}";
        en "“{value}” is no way to misbehave", "use one of: {known}";
    /// The system does not give what the program needs.
    SYSTEM = "department.system":
        zh "系统出错：{why}", "请检查系统资源后再启动";
        en "the system fails: {why}", "look at its resources and start again";
    /// A request without the key, or with another.
    UNAUTHORISED = "department.unauthorised":
        zh "访问密钥不对", "请在 Authorization: Bearer 中给出该部门的密钥";
        en "the key is not right", "give the department's key in Authorization: Bearer";
    /// A path that leads nowhere.
    NO_RESOURCE = "department.no_resource":
        zh "没有这个资源", "GET /v1/resources 列出全部资源";
        en "there is no such resource", "GET /v1/resources lists those there are";
    /// A question that cannot be understood.
    BAD_REQUEST = "department.bad_request":
        zh "请求的 {what} 无效", "请按 docs/formats/remote-departments.md 书写";
        en "the {what} of the request is not valid", "write it as docs/formats/remote-departments.md says";
    /// Too many requests at one time.
    BUSY = "department.busy":
        zh "请求太多", "请稍后再试";
        en "too many requests", "try again later";
    /// Told to fail.
    TOLD_TO_FAIL = "department.told_to_fail":
        zh "按要求返回失败", "这是演示中的异常方式，可用 /control 关闭";
        en "it was told to fail", "this is a misbehaviour of the demo; switch it off over /control";
}
