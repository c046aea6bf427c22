//! The subcommands, one file each.

mod account;
mod bench;
mod brief;
mod city;
mod common;
mod decide;
mod demo;
mod department;
mod drill;
mod formula;
mod import;
mod indicators;
mod openapi;
mod policy;
mod policy_test;
mod profile;
mod roster;
mod score;
mod serve;
mod verify;

use std::process::ExitCode;

use huoshui_kernel::fault::Result;

use crate::ui::Ui;

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// 生成一座城市的全部文件 / generate all the files of a city
    City(city::Args),
    /// 导入名单、机构和报送文件 / import lists, institutions and filings
    Import(import::Args),
    /// 核验事件链、签名和文件 / verify event chains, signatures and files
    Verify(verify::Args),
    /// 任意日期的名单 / the list library as of any date
    Roster(roster::Args),
    /// 计算指标 / compute indicators
    Indicators(indicators::Args),
    /// 打开一个数字背后的借据 / open a figure into its loans
    Drill(drill::Args),
    /// 出具监管报告 / write the regulator's report
    Brief(brief::Args),
    /// 企业信用画像与标签 / the credit profile and tags of an enterprise
    Profile(profile::Args),
    /// 批量评分 / score profiles in bulk
    Score(score::Args),
    /// 试算一笔授信申请 / decide an application, and say why
    Decide(decide::Args),
    /// 部门端，按远程接口应答 / a department's own endpoint
    Department(department::Args),
    /// 启动 HTTP 服务 / start the HTTP service
    Serve(serve::Args),
    /// 账户与签署人 / accounts, and who may sign for a firm
    #[command(subcommand)]
    Account(account::Action),
    /// 输出接口文档 / print the contract of the HTTP service
    Openapi(openapi::Args),
    /// 试算规则语言 / try the policy language
    #[command(subcommand)]
    Formula(formula::Action),
    /// 政策文件：列出、查看、发布、用例 / policy files: list, show, publish, test
    #[command(subcommand)]
    Policy(policy::Action),
    /// 基准测试，每项与同次测得的上限相比 / benchmarks beside limits measured in the same run
    Bench(bench::Args),
    /// 一次走完主流程 / the whole main job in one go
    Demo(demo::Args),
}

impl Command {
    /// Runs it.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        match self {
            Self::City(args) => city::run(&args, ui),
            Self::Import(args) => import::run(&args, ui),
            Self::Verify(args) => verify::run(&args, ui),
            Self::Roster(args) => roster::run(&args, ui),
            Self::Indicators(args) => indicators::run(&args, ui),
            Self::Drill(args) => drill::run(&args, ui),
            Self::Brief(args) => brief::run(&args, ui),
            Self::Profile(args) => profile::run(&args, ui),
            Self::Score(args) => score::run(&args, ui),
            Self::Decide(args) => decide::run(&args, ui),
            Self::Department(args) => department::run(&args, ui),
            Self::Serve(args) => serve::run(&args, ui),
            Self::Account(action) => account::run(&action, ui),
            Self::Openapi(args) => openapi::run(&args, ui),
            Self::Formula(action) => formula::run(&action, ui),
            Self::Policy(action) => policy::run(&action, ui),
            Self::Bench(args) => bench::run(&args, ui),
            Self::Demo(args) => demo::run(&args, ui),
        }
    }
}
