//! A firm's proof, fetched over HTTP and checked by the command with the public key alone; and proofs that do not hold.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use huoshui_app::access::events::Organisation;
use huoshui_app::access::{Asker, Kind, Seed, keys, organisations};
use huoshui_app::exchange::proofs;
use huoshui_app::{Mode, Workspace, seal};
use huoshui_journal::{Ed25519, SystemClock};
use huoshui_kernel::Uscc;
use serde_json::{Value, json};

use super::common::{Run, huoshui};
use super::order;
use super::world::{Process, World, pull, send};

fn join(workspace: &Workspace, id: &str, kind: Kind, subject: &str, demo: bool) {
    let (subject, name) = (Some(subject.to_owned()), id.to_owned());
    let organisation = Organisation { id: id.into(), kind, subject, name_zh: name.clone(), name_en: name, demo };
    organisations::join(workspace, Asker { actor: "huoshui", key: id }, &organisation).unwrap();
}

/// The key of a firm's machine, which reads the firm's log.
fn machine(world: &World, firm: Uscc) -> String {
    join(&world.workspace, "firm-0", Kind::Enterprise, firm.as_str(), true);
    let scopes = BTreeSet::from(["exchange:read".to_owned()]);
    let wanted = keys::Wanted { organisation: "firm-0".into(), name: "core".into(), scopes: scopes.clone(), days: 30 };
    let seed = Seed::open(&world.workspace).unwrap();
    let asker = Asker { actor: "huoshui", key: "firm-0-key" };
    keys::issue(&world.workspace, asker, &wanted, &scopes, &seed, world.workspace.clock.now_micros()).unwrap().1
}

/// `huoshui verify --proof`, in a folder where there is nothing but the proof and the key.
fn check(folder: &Path, proof: &Value, key: &str) -> Run {
    let (file, pem) = (folder.join("proof.json"), folder.join("public.pem"));
    std::fs::write(&file, serde_json::to_vec_pretty(proof).unwrap()).unwrap();
    std::fs::write(&pem, key).unwrap();
    huoshui(&["verify", "--proof", file.to_str().unwrap(), "--key", pem.to_str().unwrap()])
}

fn fails(folder: &Path, what: &str, proof: &Value, key: &str) {
    let run = check(folder, proof, key);
    assert_eq!(run.code, 2, "{what}: {}", run.all());
    assert!(run.all().contains('✗') && !run.all().contains('✓'), "{what}: {}", run.all());
}

/// A proof of another journal, with that journal's key.
fn elsewhere() -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let other = Workspace::open(&folder.path().join("data"), Mode::Create, Arc::new(SystemClock)).unwrap();
    join(&other, "firm-0", Kind::Enterprise, "91110000600037341L", false);
    seal::all(&other).unwrap();
    let proof = proofs::make(&other, "organisation/firm-0", 1).unwrap();
    (serde_json::to_value(proof).unwrap(), seal::public_pem(&other).unwrap())
}

#[test]
fn a_proof_fetched_over_http_holds_offline_and_a_changed_a_foreign_or_a_strangers_does_not() {
    let world = World::new(None);
    let firm = world.firms[0];
    let consent = world.consent(0, &["tax_grade"], &["grant"]);
    let token = machine(&world, firm);
    let server = Process::serve(&world, "server");
    for n in 0..2 {
        assert_eq!(pull(server.address, &world.banks[0], &format!("proved-{n:03}"), &order(&consent)).0, 200);
    }
    let get = |path: &str| send(server.address, "GET", path, &token, "-", &Value::Null);
    let (_, lines) = get(&format!("/v1/exchange/enterprises/{firm}/log"));
    let released = |line: &&Value| line["what"]["access"]["outcome"] == "released";
    let versions: Vec<u64> =
        lines["lines"].as_array().unwrap().iter().filter(released).map(|l| l["version"].as_u64().unwrap()).collect();
    let [later, earlier] = versions.as_slice() else { panic!("{lines}") };
    // Sealed within a moment, by the server itself.
    let proof = |version: u64| -> Value {
        for _ in 0..200 {
            let (status, said) = get(&format!("/v1/exchange/enterprises/{firm}/log/{version}/proof"));
            if status == 200 {
                return said;
            }
            assert_eq!(said["code"], "journal.not_sealed", "{said}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the entry is not sealed");
    };
    let (first, second) = (proof(*earlier), proof(*later));
    let key = get("/v1/exchange/key").1["pem"].as_str().unwrap().to_owned();
    let receipt = get(&format!("/v1/exchange/consents/{consent}/receipt")).1;
    assert!(server.stop());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (proof, version) in [(&first, earlier), (&second, later)] {
        let run = check(folder, proof, &key).ok();
        assert!(run.out.contains(&format!("access/{firm} #{version}")) && run.out.contains('✓'), "{}", run.out);
        assert!(run.out.contains("released"), "what the entry says is shown: {}", run.out);
    }
    // The receipt of the consent, as it came over HTTP; with an hour more, it is none.
    let receipted = |receipt: &Value| {
        let (file, pem) = (folder.join("receipt.json"), folder.join("public.pem"));
        std::fs::write(&file, serde_json::to_vec_pretty(receipt).unwrap()).unwrap();
        huoshui(&["verify", "--receipt", file.to_str().unwrap(), "--key", pem.to_str().unwrap()])
    };
    let run = receipted(&receipt).ok();
    assert!(run.out.contains(&consent) && run.out.contains('✓'), "{}", run.out);
    let mut longer = receipt.clone();
    longer["expires_at"] = json!(receipt["expires_at"].as_i64().unwrap() + 3_600_000_000);
    let run = receipted(&longer);
    assert!(run.code == 2 && run.all().contains('✗') && !run.all().contains('✓'), "{}", run.all());
    // Each part that is changed, however little.
    let body = first["event"]["body"].as_str().unwrap();
    let outcome = body.replace("\"released\"", "\"refused\"");
    assert_ne!(outcome, body);
    let root = first["seal"]["root"].as_str().unwrap();
    let flipped = |hex: &str| {
        let first = if hex.starts_with('0') { '1' } else { '0' };
        std::iter::once(first).chain(hex.chars().skip(1)).collect::<String>()
    };
    for (at, to) in [
        ("/event/body", json!(outcome)),
        ("/event/version", json!(earlier + 1)),
        ("/event/stream", json!(format!("access/{}", world.firms[1]))),
        ("/event/actor", json!("nobody")),
        ("/event/recorded_at", json!(first["event"]["recorded_at"].as_i64().unwrap() + 1)),
        ("/inclusion/previous", json!(flipped(first["inclusion"]["previous"].as_str().unwrap()))),
        ("/inclusion/position", json!(first["inclusion"]["position"].as_u64().unwrap() + 1)),
        ("/seal/root", json!(flipped(root))),
        ("/seal/size", json!(first["seal"]["size"].as_u64().unwrap() + 1)),
        ("/format", json!("huoshui-proof/2")),
    ] {
        let mut changed = first.clone();
        *changed.pointer_mut(at).unwrap() = to;
        fails(folder, at, &changed, &key);
    }
    // Another entry under this one's path, and this one's path under another entry.
    let mut foreign = first.clone();
    foreign["event"] = second["event"].clone();
    fails(folder, "another entry", &foreign, &key);
    // Somebody else's key, and somebody else's journal with a key of its own inside: only the key kept elsewhere counts.
    let stranger = Ed25519::from_seed(&[9; 32]).public_pem().unwrap();
    fails(folder, "wrong key", &first, &stranger);
    let (other, its_key) = elsewhere();
    check(folder, &other, &its_key).ok();
    fails(folder, "another journal", &other, &key);
    let mut dressed = other.clone();
    dressed["public_key"] = json!(key);
    fails(folder, "another journal under this one's name", &dressed, &key);
    // What is no proof, and a key that is none.
    fails(folder, "no proof", &json!({ "format": "huoshui-proof/1" }), &key);
    assert_ne!(check(folder, &first, "not a key").code, 0);
    assert_ne!(
        huoshui(&["verify", "--proof", folder.join("proof.json").to_str().unwrap()]).code,
        0,
        "a key must be given"
    );
}
