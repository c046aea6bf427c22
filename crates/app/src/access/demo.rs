//! The demonstration's accounts: one administrator for each role, with a password that is no secret.

use huoshui_kernel::fault::{Fault, Result};

use super::events::{Account, Organisation};
use super::{Asker, Hasher, Kind, Seed, accounts, faults, organisations, store};
use crate::folder::Workspace;

/// The password of every demonstration account.
pub const PASSWORD: &str = "huoshui-demo";

/// Organisations of a demonstration: kind, and for which entry of the registry.
pub type Cast<'a> = &'a [(Kind, Option<&'a str>)];

/// Makes an organisation `demo-KIND` with the account `demo-KIND` for each. Those there already stay as they are.
///
/// # Errors
/// `access.demo_only` on any store that was not marked as a demonstration when it was fresh; those of the store.
pub fn create(workspace: &Workspace, cast: Cast<'_>, tools: (&Hasher, &Seed)) -> Result<Vec<String>> {
    if !store::is_demo(workspace)? {
        return Err(Fault::new(&faults::DEMO_ONLY).field("demo"));
    }
    let mut logins = Vec::new();
    for (kind, subject) in cast {
        let id = format!("demo-{}", kind.code());
        let asker = Asker { actor: "huoshui", key: &id };
        let organisation = Organisation {
            id: id.clone(),
            kind: *kind,
            subject: subject.map(str::to_owned),
            name_zh: format!("演示：{}", name_zh(*kind)),
            name_en: format!("demo: {}", kind.code().replace('_', " ")),
            demo: true,
        };
        organisations::join(workspace, asker, &organisation)?;
        let account = Account { login: id.clone(), organisation: id.clone(), admin: true, demo: true, closed: false };
        accounts::open(workspace, asker, &account, PASSWORD, tools)?;
        logins.push(id);
    }
    Ok(logins)
}

/// A kind's name in Chinese.
#[must_use]
pub const fn name_zh(kind: Kind) -> &'static str {
    match kind {
        Kind::Enterprise => "企业",
        Kind::Bank => "银行",
        Kind::Insurer => "保险机构",
        Kind::Guarantor => "担保机构",
        Kind::EquityInvestor => "股权投资机构",
        Kind::EquityMarket => "区域性股权市场",
        Kind::Department => "政府部门",
        Kind::Regulator => "监管部门",
        Kind::Operator => "平台运营方",
    }
}
