//! The demonstration's accounts: one administrator for each role, with a password that is no secret.

use huoshui_exchange::answer::Fetched;
use huoshui_exchange::catalogue::PERSON;
use huoshui_exchange::clock;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};

use super::events::{Account, Organisation, Right, Signer, kind};
use super::signers::{self, Checked};
use super::{Asker, Hasher, Kind, Seed, accounts, faults, organisations, store};
use crate::exchange::holdings::Holdings;
use crate::folder::Workspace;
use crate::policies::Set;

/// The password of every demonstration account.
pub const PASSWORD: &str = "huoshui-demo";

/// Organisations of a demonstration: kind, and for which entry of the registry.
pub type Cast<'a> = &'a [(Kind, Option<&'a str>)];

/// The resource that names a firm's legal representative.
const REPRESENTATIVES: &str = "legal_representative";
/// Decoded rows that are kept while one is looked for.
const CACHE_BYTES: usize = 8 << 20;

/// Makes an organisation `demo-KIND` with the account `demo-KIND` for each. Those there already stay as they are. An
/// enterprise's account is its legal representative's, whom the departments' data name.
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
        match subject.filter(|_| *kind == Kind::Enterprise && accounts::versioned(workspace, &id).is_err()) {
            Some(subject) => {
                let firm = Uscc::parse(subject)?;
                let digest = on_file(workspace, &firm)?.unwrap_or_else(|| id.clone());
                let checked = Checked { digest: &digest, how: "demonstration" };
                let identity = signers::identity(workspace, &account, checked, tools.1)?;
                accounts::open_for(workspace, asker, &account, Some(&identity), PASSWORD, tools)?;
                stand_as(workspace, &id, &id, firm, &digest)?;
            }
            None if *kind == Kind::Enterprise => {}
            None => drop(accounts::open(workspace, asker, &account, PASSWORD, tools)?),
        }
        logins.push(id);
    }
    Ok(logins)
}

/// Puts on record that this account signs for a firm as its legal representative, as whoever has this digest, without a
/// document that anyone checked: for demonstrations, benchmarks and tests alone, and so behind no endpoint.
///
/// # Errors
/// Those of the store.
pub fn stand_as(workspace: &Workspace, login: &str, organisation: &str, firm: Uscc, digest: &str) -> Result<Signer> {
    let identity = signers::mark(&Seed::open(workspace)?, &firm, digest);
    // The journal keeps keys for ever, so the mark and not the digest goes in.
    let key = format!("stand-in/{login}/{identity}");
    let right = Right::LegalRepresentative { identity };
    let signer = Signer { login: login.to_owned(), organisation: organisation.to_owned(), firm, right, ended: false };
    let asker = Asker { actor: "huoshui", key: &key };
    signers::write(workspace, asker, ("signer.appoint", kind::SIGNER_APPOINTED), key.as_bytes(), &signer, None)
}

/// The digest of a firm's legal representative, as the platform holds it for the department; none where it holds none.
///
/// # Errors
/// Those of the policies and of the store.
pub fn on_file(workspace: &Workspace, firm: &Uscc) -> Result<Option<String>> {
    let today = clock::day(workspace.clock.now_micros());
    let (catalogue, _) = Set::load(workspace, None)?.exchange()?;
    let holdings = Holdings::new(workspace.clone(), std::sync::Arc::new(catalogue), CACHE_BYTES);
    let Fetched::Found(rows, _) = holdings.firm(REPRESENTATIVES, *firm, Date::MIN, Date::MAX, today)? else {
        return Ok(None);
    };
    let at = rows.columns.iter().position(|c| c == PERSON);
    let cell = at.and_then(|at| rows.rows.first()?.get(at)?.as_str().map(str::to_owned));
    Ok(cell)
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
