//! What Cedar costs a request: every operation of the contract, asked by five kinds of callers, decided by the policies that
//! ship. The service remembers a decision for as long as it remembers who holds a token; both are measured.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use huoshui_app::access::{Actor, Kind};
use huoshui_kernel::fault::Result;
use huoshui_server::authorize::{Gate, Operation, Principal, Resource};

use crate::faults::failed;
use crate::service::plain;
use crate::{Bench, Row};

/// The group `authorize`.
pub const BENCH: Bench = Bench {
    name: "authorize",
    what: (
        "Cedar 每秒鉴权次数与每次用时：合同中的每个操作，五类调用者",
        "Decisions of the authorization policies a second: every operation of the contract, five kinds of callers",
    ),
    run,
};

/// The most that one decision may take: a hundredth of the time in which a request should be answered, microseconds.
const AIM: f64 = 100.0;

fn callers() -> Result<Vec<Principal>> {
    let of = |kind: Kind, subject: &str, admin: bool, scopes: &[&str]| {
        Principal::of(&Actor {
            id: format!("{}-1", kind.code()),
            organisation: format!("org-{}", kind.code()),
            kind,
            subject: (!subject.is_empty()).then(|| subject.to_owned()),
            admin,
            machine: !scopes.is_empty(),
            scopes: scopes.iter().map(|s| (*s).to_owned()).collect::<BTreeSet<_>>(),
            demo: false,
        })
    };
    [
        of(Kind::Bank, "B0001", false, &["exchange:pull", "credit:decide", "credit:read"]),
        of(Kind::Bank, "B0001", true, &[]),
        of(Kind::Enterprise, "91110108MA0000000X", false, &[]),
        of(Kind::Department, "swj", false, &[]),
        of(Kind::Regulator, "", false, &[]),
    ]
    .into_iter()
    .collect()
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    say("authorize: running");
    let contract = huoshui_server::routes::contract()?;
    let operations: Vec<Operation> = contract.operations()?.into_values().collect();
    let gate = Gate::load(operations.iter())?;
    let callers = callers()?;
    let resources = [Resource::default(), Resource::of("B0001")];
    let rounds = if small { 1 } else { 10 };
    let each = |decide: &dyn Fn(&Principal, &Operation, &Resource) -> bool| {
        let (mut best, mut permitted) = (f64::INFINITY, 0_u32);
        let asked = callers.len() * operations.len() * resources.len();
        for _ in 0..rounds {
            permitted = 0;
            let start = Instant::now();
            for caller in &callers {
                for operation in &operations {
                    for resource in &resources {
                        permitted += u32::from(decide(black_box(caller), operation, resource));
                    }
                }
            }
            best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(asked).unwrap_or(1)));
        }
        (best, permitted)
    };
    let (micros, permitted) = each(&|who, what, of| gate.decide(who, what, of).permitted);
    let (again, same) = each(&|who, what, of| gate.recall(who, what, of).permitted);
    if permitted == 0 || permitted != same {
        return Err(failed("a remembered decision is another than the first"));
    }
    let time = |name: &str, figure: f64, limit: f64| Row {
        limit: Some(limit),
        ratio: Some(limit / figure.max(1e-9)),
        ..plain(name, figure, "µs")
    };
    Ok(vec![
        plain("authorize", 1e6 / micros, "decisions/s"),
        Row { aim: Some(1.0), ..time("authorize_each", micros, AIM) },
        time("authorize_remembered", again, micros),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_decides_alike_from_memory() {
        let rows = run(true, &|_| ()).unwrap();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|r| r.figure > 0.0), "{rows:?}");
    }
}
