//! `huoshui department`: a department's own endpoint over a folder of files.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use huoshui_department::{Key, Misbehaviour, Options};
use huoshui_kernel::fault::Result;

use crate::ui::Ui;

/// How long requests under way may take to end after a stop.
const GRACE: Duration = Duration::from_secs(3);

/// 部门端：用一个目录中的文件按远程接口应答
#[derive(clap::Args)]
pub struct Args {
    /// 部门代码 / code of the department
    #[arg(long)]
    code: String,
    /// 文件目录（资源.日期.whole.csv 等）/ folder of its files (RESOURCE.DATE.whole.csv and so on)
    #[arg(long)]
    files: PathBuf,
    /// 只提供这些资源 / these resources alone
    #[arg(long, value_delimiter = ',')]
    resources: Vec<String>,
    /// 监听地址，端口 0 由系统选择 / address; port 0 lets the system choose
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// 访问密钥所在的环境变量 / environment variable that holds the key
    #[arg(long, conflicts_with = "key_file")]
    key_env: Option<String>,
    /// 访问密钥所在的文件 / file that holds the key
    #[arg(long)]
    key_file: Option<PathBuf>,
    /// 异常方式，用于演示和测试 / how to misbehave, for demos and tests: slow=3000ms, hang, fail, flaky=0.3, drift, other-firm, endless, …
    #[arg(long, default_value = "none")]
    misbehave: String,
    /// 允许本机用 POST /control 切换异常方式 / let POST /control on this machine switch that
    #[arg(long)]
    control: bool,
    /// flaky 的随机种子 / seed of flaky
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let key = match (&args.key_env, &args.key_file) {
        (Some(name), _) => Some(Key::from_env(name)?),
        (None, Some(path)) => Some(Key::from_file(path)?),
        (None, None) => None,
    };
    let options = Options {
        code: args.code.clone(),
        files: args.files.clone(),
        resources: args.resources.clone(),
        listen: args.listen,
        key,
        misbehaviour: args.misbehave.parse::<Misbehaviour>()?,
        control: args.control,
        seed: args.seed,
        grace: GRACE,
    };
    // One line, so that whoever started it can read where it is and go on.
    huoshui_department::run(options, |ready| ui.say(serde_json::to_string(ready).unwrap_or_default()))?;
    Ok(ExitCode::SUCCESS)
}
