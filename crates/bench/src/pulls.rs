//! Pulls over HTTP: a hosted resource (twelve months of social security, as rows a firm) with consent check, frequency count
//! and durable log entry, against an endpoint of the same server that only signs in, authorizes and commits one event. Beside
//! it the same consent pulled whole, four resources in one answer; and what signing in costs a request that does nothing.

pub(crate) mod files;

use std::sync::Arc;

use huoshui_exchange::clock;
use huoshui_journal::{Clock as _, SystemClock};
use huoshui_kernel::fault::Result;

use crate::faults::failed;
use crate::service::load::Found;
use crate::service::world::{Folder, World};
use crate::service::{CLIENTS, Endpoint, Measure};
use crate::{Bench, Row};

/// The group `pulls`.
pub const BENCH: Bench = Bench {
    name: "pulls",
    what: (
        "每秒调取次数（HTTP），与同一服务器上只做登录、鉴权和一次持久提交的空端点相比；半负荷下的延迟",
        "Pulls a second over HTTP against the empty durable endpoint of the same server; times at half load",
    ),
    run,
};

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let firms = if small { 80 } else { 6_000 };
    let folder = tempfile::tempdir().map_err(failed)?;
    say("pulls: firms, consents, server");
    let source = folder.path().join("files");
    files::files(&source, firms, clock::day(SystemClock.now_micros()))?;
    let made = Folder::make(&folder.path().join("data"), Arc::new(SystemClock), files::PURPOSE, &[source])?;
    let (key, session) = made.bank("B1", &["exchange:pull"])?;
    let all = (0..firms).map(files::firm).collect::<Result<Vec<_>>>()?;
    let consents = made.consents("B1", &all, &files::RESOURCES, 36)?;
    let world = World::start(made)?;
    let measure = Measure::of(&world, small, say)?;
    let consents = Arc::new(consents);
    let asks = |wants: &'static str| {
        let consents = Arc::clone(&consents);
        let body = move |turn: u64, into: &mut Vec<u8>| {
            let place = usize::try_from(turn).unwrap_or(0) % consents.len().max(1);
            let consent = consents.get(place).map_or("", String::as_str);
            into.extend_from_slice(format!("{{\"consent\":\"{consent}\",\"purpose\":\"bench\"{wants}}}").as_bytes());
        };
        let (method, path) = ("POST", "/v1/exchange/pulls");
        Endpoint { method, path, token: Some(key.clone()), body: Some(Arc::new(body)) }
    };
    let probe = Endpoint::probe(&key);
    let one = asks(",\"wants\":[{\"resource\":\"social_security\"}]");
    let mut rows = measure.against_probe("pulls_hosted", "pulls/s", &one, &probe)?;
    rows.extend(measure.most_against_probe("pulls_four_resources", "pulls/s", &asks(""), &probe)?);
    rows.push(signed_in(&measure, session)?);
    drop(measure);
    world.stop(say);
    Ok(rows)
}

/// A request that does nothing under a person's session, against one that is open to all.
fn signed_in(measure: &Measure<'_>, session: String) -> Result<Row> {
    let open = Endpoint { method: "GET", path: "/healthz", token: None, body: None };
    let asked = Endpoint { method: "GET", path: "/v1/session", token: Some(session), body: None };
    let (mut figure, mut limit) = (Found::default(), Found::default());
    for _ in 0..measure.rounds.0 {
        limit.add(measure.greatest(&open)?);
        figure.add(measure.greatest(&asked)?);
    }
    if figure.failed + limit.failed > 0 {
        return Err(failed("a request under a session was not answered"));
    }
    let (figure, limit) = (figure.rate(), limit.rate());
    Ok(Row {
        name: format!("signed_in_get_{CLIENTS}"),
        figure,
        unit: "requests/s",
        limit: Some(limit),
        ratio: Some(figure / limit.max(1e-9)),
        aim: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_answers_every_pull() {
        // A request that is refused would be an error.
        let rows = run(true, &|_| ()).unwrap();
        assert_eq!(rows.len(), 15, "{rows:?}");
        assert!(rows.iter().all(|r| r.figure >= 0.0), "{rows:?}");
    }
}
