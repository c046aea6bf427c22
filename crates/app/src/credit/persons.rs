//! Developer, validator and approver are three persons, and not three logins in one hand: whoever opened an account, or set its
//! password, can sign in by it.

use std::collections::BTreeSet;

use huoshui_kernel::fault::{Fault, Result};

use super::faults;
use crate::access::events::kind;
use crate::access::{accounts, store};
use crate::folder::Workspace;

/// Events read of an account: its opening and the passwords set since.
const EVENTS: usize = 1_000;
/// Accounts looked at, from one who opened to the next.
const MOST: usize = 100;

/// Everyone through whose hands this account's way in went: who opened it or set its password, and theirs in turn.
fn hands(workspace: &Workspace, login: &str) -> Result<BTreeSet<String>> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut next = vec![login.to_owned()];
    while let Some(login) = next.pop() {
        let opened = |kind: &str| kind == kind::ACCOUNT_OPENED || kind == kind::PASSWORD_SET;
        for event in workspace.journal.read_stream(&accounts::stream(&login), 1, EVENTS)? {
            if opened(&event.data.kind)
                && event.actor != login
                && found.len() < MOST
                && found.insert(event.actor.clone())
            {
                next.push(event.actor);
            }
        }
    }
    Ok(found)
}

/// That none of these has another's account in hand. A demonstration, which one person plays, is not asked.
///
/// # Errors
/// `credit.not_three_persons`; those of the store.
pub fn independent(workspace: &Workspace, logins: &[&str]) -> Result<()> {
    if store::is_demo(workspace)? {
        return Ok(());
    }
    for login in logins {
        let hands = hands(workspace, login)?;
        if let Some(other) = logins.iter().find(|other| *other != login && hands.contains(**other)) {
            return Err(Fault::new(&faults::NOT_THREE).with("login", login).with("other", other).field("step"));
        }
    }
    Ok(())
}
