//! What is there after a kill, held against what was answered before it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use huoshui_app::exchange::events::Ended;
use huoshui_app::exchange::log::What as Line;
use huoshui_kernel::Uscc;
use serde_json::{Value, json};

use super::crowd::{Act, Cast, Done, Sent, What, attempt};
use crate::world::{World, send};

/// What a round met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Requests answered with success before the kill, or by the servers that stayed.
    pub answered: usize,
    /// Requests that a server had taken and was killed over.
    pub cut: usize,
    /// Of those cut off, what had been written though nobody was told, where it can be seen before it is asked again.
    pub written: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.cut += other.cut;
        self.written += other.written;
    }
}

/// Asks again under the same key until the answer is no request to come back.
fn again(at: SocketAddr, act: &Act) -> (u16, Value) {
    for _ in 0..500 {
        let Sent::Answered(status, said) = attempt(at, act) else { panic!("{:?} {}: no answer", act.what, act.path) };
        if !["journal.busy", "credit.in_progress"].contains(&said["code"].as_str().unwrap_or_default()) {
            return (status, said);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{:?} {}: busy for ever", act.what, act.path);
}

/// Releases by commitment in a firm's log, as the journal has them.
fn releases(world: &World, firm: Uscc) -> BTreeMap<String, (String, u64)> {
    let (mut found, mut before) = (BTreeMap::new(), None);
    loop {
        let page = world.exchange.log(&firm, before, 200).unwrap();
        for line in &page.lines {
            if let Line::Access(logged) = &line.what
                && logged.outcome == Ended::Released
            {
                let commitment = logged.entry.commitment.clone().unwrap();
                let place = (format!("access/{firm}"), line.version);
                assert!(found.insert(commitment, place).is_none(), "one commitment twice");
            }
        }
        before = page.next;
        if before.is_none() {
            return found;
        }
    }
}

/// Whether a request that was cut off had its effect nevertheless.
fn there(at: SocketAddr, cast: &Cast, act: &Act, consents: &BTreeMap<String, (u64, &'static str, usize)>) -> bool {
    let get = |path: &str, token: &str| send(at, "GET", path, token, "-", &Value::Null);
    match act.what {
        What::Step => {
            let id = act.path.split('/').nth(4).unwrap();
            get(&format!("/v1/exchange/consents/{id}"), &cast.bank).1["version"] == json!(consents[id].0 + 1)
        }
        What::Join => {
            let wanted: Value = serde_json::from_str(&act.body).unwrap();
            get(&format!("/v1/organisations/{}", wanted["id"].as_str().unwrap()), &cast.operator).0 == 200
        }
        What::Reply => get(act.path.trim_end_matches("/answer"), &cast.clerk).1["state"] == "rejected",
        _ => false,
    }
}

/// The state to which a step leads.
fn leads_to(body: &str) -> &'static str {
    let step: Value = serde_json::from_str(body).unwrap();
    match step["step"].as_str().unwrap() {
        "grant" | "resume" => "granted",
        "decline" => "declined",
        "pause" => "paused",
        _ => "revoked",
    }
}

/// Holds everything that a round did against what this server says now.
pub fn settle(world: &World, cast: &Cast, at: SocketAddr, done: &[Vec<Done>]) -> Tally {
    let mut tally = Tally::default();
    // Consents as the crowd knows them: how often each was stepped, where it must stand, and whose it is.
    let mut consents: BTreeMap<String, (u64, &'static str, usize)> = BTreeMap::new();
    for one in done.iter().flatten() {
        tally.cut += usize::from(one.cut);
        let said = match &one.answer {
            Some((status, said)) => {
                tally.answered += 1;
                repeated(at, one, (*status, said));
                said.clone()
            }
            // Nobody was told how it ended: under its key it succeeds, and again it says the same.
            None => {
                let there = there(at, cast, &one.act, &consents);
                let (status, said) = again(at, &one.act);
                let written = said["code"] == "exchange.replayed";
                tally.written += usize::from(there);
                assert!(status < 300 || written, "{:?} {}: {status} {said}", one.act.what, one.act.path);
                repeated(at, one, (status, &said));
                said
            }
        };
        tally.written += usize::from(one.cut && said["code"] == "exchange.replayed");
        match one.act.what {
            What::Ask => {
                consents.insert(said["id"].as_str().unwrap().to_owned(), (1, "requested", one.act.firm.unwrap()));
            }
            What::Step => {
                let id = one.act.path.split('/').nth(4).unwrap();
                let held = consents.get_mut(id).unwrap();
                *held = (held.0 + 1, leads_to(&one.act.body), held.2);
            }
            What::Join => {
                let path = format!("/v1/organisations/{}", said["id"].as_str().unwrap());
                assert_eq!(send(at, "GET", &path, &cast.operator, "-", &Value::Null), (200, said.clone()));
            }
            // The key works: it is that machine's, whichever server gave it out.
            What::Issue => {
                let path = format!("/v1/organisations/{}", said["organisation"].as_str().unwrap());
                assert_eq!(send(at, "GET", &path, said["token"].as_str().unwrap(), "-", &Value::Null).0, 200, "{said}");
            }
            What::Object | What::Reply => {
                let path = format!("/v1/exchange/objections/{}", said["objection"]["id"].as_str().unwrap());
                let (status, stands) = send(at, "GET", &path, &cast.clerk, "-", &Value::Null);
                let answered = one.act.what == What::Reply;
                assert_eq!((status, &stands["objection"]), (200, &said["objection"]), "{stands}");
                assert!(
                    !answered || stands["state"] == "rejected" && stands["answered"] == said["answered"],
                    "{stands}"
                );
            }
            What::Decide => {
                let path = format!("/v1/credit/decisions/{}", said["made"]["id"].as_str().unwrap());
                let (status, stands) = send(at, "GET", &path, &cast.bank, "-", &Value::Null);
                assert_eq!((status, &stands["made"]), (200, &said["made"]), "{stands}");
            }
            What::Pull | What::Upload => {}
        }
    }
    for (id, (version, state, firm)) in &consents {
        stands(at, cast, (id, *version, state), *firm);
    }
    logged(world, cast, done);
    tally
}

/// The same again under its key changes nothing, and is answered as before; no data leave twice.
fn repeated(at: SocketAddr, one: &Done, (first, said): (u16, &Value)) {
    let (status, now) = again(at, &one.act);
    match one.act.what {
        What::Pull => {
            // Checked anew, whatever was answered: the consent may have been paused or revoked since.
            let code = now["code"].as_str().unwrap_or_default();
            let due = ["exchange.replayed", "exchange.paused", "exchange.revoked"];
            assert!(status >= 400 && due.contains(&code) && now.get("answer").is_none(), "{now}");
            if code == "exchange.replayed" {
                assert_eq!(now["outcome"]["first"]["outcome"], "released", "{now}");
                let first = said.get("commitment").unwrap_or(&said["outcome"]["first"]["commitment"]);
                assert_eq!(&now["outcome"]["first"]["commitment"], first, "{now}");
            }
        }
        What::Decide => assert_eq!((status, &now["made"]), (first, &said["made"])),
        // Values that are kept apart stand in no receipt: a repeat shows the same objection as it stands now.
        What::Object => assert_eq!((status, &now["objection"]), (first, &said["objection"])),
        _ => assert_eq!((status, &now), (first, said), "{:?} {}", one.act.what, one.act.path),
    }
}

/// A consent stands where its last step led, stepped as often as was asked and no oftener; its parties have their receipts.
fn stands(at: SocketAddr, cast: &Cast, (id, version, state): (&str, u64, &str), firm: usize) {
    let path = format!("/v1/exchange/consents/{id}");
    let owner = cast.firms[firm].1.as_str();
    for token in [cast.bank.as_str(), owner] {
        let (status, view) = send(at, "GET", &path, token, "-", &Value::Null);
        assert_eq!((status, &view["state"], &view["version"]), (200, &json!(state), &json!(version)), "{id}: {view}");
        let (status, receipt) = send(at, "GET", &format!("{path}/receipt"), token, "-", &Value::Null);
        let signed = !["requested", "declined"].contains(&state);
        assert_eq!(status, if signed { 200 } else { 403 }, "{id} {state}: {receipt}");
    }
}

/// Every release that was answered is in the firm's log where the answer said; each pull that was cut off is there once; and
/// there is no other.
fn logged(world: &World, cast: &Cast, done: &[Vec<Done>]) {
    let key = |act: &Act| [What::Pull, What::Decide].contains(&act.what).then(|| act.firm.unwrap());
    let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
    for firm in done.iter().flatten().filter_map(|one| key(&one.act)) {
        *asked.entry(firm).or_default() += 1;
    }
    let round = done.iter().flatten().next().map(|one| one.act.key.split('-').nth(1).unwrap().to_owned());
    let round = round.unwrap();
    for (firm, due) in asked {
        let uscc = cast.firms[firm].0;
        let there = releases(world, uscc);
        for one in done.iter().flatten().filter(|one| one.act.what == What::Pull && one.act.firm == Some(firm)) {
            let Some((200, said)) = &one.answer else { continue };
            let place = there.get(said["commitment"].as_str().unwrap());
            let told =
                (said["entry"]["stream"].as_str().unwrap().to_owned(), said["entry"]["version"].as_u64().unwrap());
            assert_eq!(place, Some(&told), "answered and not in the log");
        }
        // A decision that was cut off between its pull and its record pulls once more: both stand in the log.
        let twice = |one: &&Done| one.cut && one.act.what == What::Decide && one.act.firm == Some(firm);
        let twice = done.iter().flatten().filter(twice).count();
        let mut ledger = cast.released.lock().unwrap();
        let earlier: usize = ledger.iter().filter(|((f, n), _)| *f == firm && *n != round).map(|(_, n)| *n).sum();
        let found = there.len() - earlier;
        assert!(
            (due..=due + twice).contains(&found),
            "{uscc}: {found} releases in the log for {due} that were asked for"
        );
        let known = ledger.insert((firm, round.clone()), found);
        assert!(known.is_none_or(|n| n == found), "{uscc}: another release came from nowhere");
    }
}
