//! Signatures under consents and receipts: those of the platform's key, over exactly what stands there.

use huoshui_app::exchange::{receipts, records};
use huoshui_app::{seal, verify};
use huoshui_exchange::consent::{Consent, ConsentEvent, ConsentGranted, Signature};
use huoshui_journal::{Command, Ed25519, Expected, Problem, TrustedKeys, Verifier as _, hash};
use serde_json::{Value, json};

use super::world::{World, bank, owner};

#[test]
fn the_artefacts_signature_is_the_platforms_and_over_every_byte() {
    let world = World::new();
    let id = world.granted(1);
    let consent = world.exchange.consent(&owner(1), &id).unwrap().consent;
    let (artefact, signature) = (consent.artefact.unwrap(), consent.signature.unwrap());
    let keys = seal::trusted(&world.exchange.workspace).unwrap();
    let value = hash::unhex::<64>(&signature.value).unwrap();
    let verify = |keys: &TrustedKeys, bytes: &[u8]| keys.verify(&signature.algorithm, &signature.key, bytes, &value);
    let bytes = artefact.canonical().unwrap();
    assert_eq!(verify(&keys, &bytes), Some(true));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_eq!(verify(&keys, &changed), Some(false), "byte {at}");
    }
    assert_eq!(verify(&TrustedKeys::of(&Ed25519::from_seed(&[9; 32])), &bytes), None, "a stranger's key");
    // Two consents, two signatures.
    let other = world.exchange.consent(&owner(2), &world.granted(2)).unwrap().consent.signature.unwrap();
    assert_ne!(other.value, signature.value);
}

#[test]
fn a_receipt_is_checked_alone_and_a_changed_one_does_not_pass() {
    let world = World::new();
    let id = world.granted(1);
    let keys = seal::trusted(&world.exchange.workspace).unwrap();
    for side in [owner(1), bank("B1")] {
        let receipt = serde_json::to_value(world.exchange.consent_receipt(&side, &id).unwrap()).unwrap();
        let check = |receipt: &Value| receipts::check(&serde_json::to_vec_pretty(receipt).unwrap(), &keys);
        assert_eq!(check(&receipt).unwrap().consent, id);
        for (at, to) in [
            ("/consent", json!("another")),
            ("/side", json!({ "recipient": "B2" })),
            ("/recipients", json!(["B2"])),
            ("/text_en", json!("")),
            ("/grants/0/fields", json!(["period", "grade"])),
            ("/expires_at", json!(receipt["expires_at"].as_i64().unwrap() + 1)),
            ("/frequency/count", json!(4)),
            ("/retention_days", json!(31)),
            ("/hash", json!("0".repeat(64))),
            ("/signature/value", json!("00")),
            ("/attested/value", json!("00")),
            ("/attested/key", json!("another")),
            ("/attested", Value::Null),
        ] {
            let mut changed = receipt.clone();
            *changed.pointer_mut(at).unwrap() = to;
            assert_ne!(changed, receipt, "{at}");
            assert_eq!(check(&changed).unwrap_err().code(), "journal.bad_proof", "{at}");
        }
        let stranger = TrustedKeys::of(&Ed25519::from_seed(&[9; 32]));
        let file = serde_json::to_vec(&receipt).unwrap();
        assert_eq!(receipts::check(&file, &stranger).unwrap_err().code(), "journal.bad_proof");
        // The artefact's signature is no receipt's, though the same key made it.
        let mut swapped = receipt.clone();
        swapped["attested"] = receipt["signature"].clone();
        assert_eq!(check(&swapped).unwrap_err().code(), "journal.bad_proof");
    }
}

/// Writes a grant with this signature as a step would: documents, chain and seal agree.
fn granted_with(world: &World, n: u32, signature: impl FnOnce(&[u8]) -> Signature) {
    let workspace = &world.exchange.workspace;
    let id = world.ask(&bank("B1"), &World::wanted(n)).id;
    let before = records::load(workspace, &id).unwrap().unwrap();
    // By the like of what another consent of the firm was signed by.
    let like = world.exchange.consent(&owner(n), &world.granted(n)).unwrap().consent.artefact.unwrap();
    let rules = world.exchange.rules.now().unwrap();
    let artefact = before.consent.grant(like.signed_by, like.granted_at, &rules.catalogue, &rules.purposes).unwrap();
    let signature = signature(&artefact.canonical().unwrap());
    let event = ConsentEvent::Granted(ConsentGranted { artefact, signature });
    let after = records::Stored { consent: Consent::apply(Some(before.consent), &event).unwrap(), version: 2 };
    let mut command = Command::new("owner", "forge", format!("forge-{n:04}"), b"{}").event(
        &records::stream(&id),
        Expected::Version(1),
        event.kind(),
        1,
        serde_json::to_vec(&event).unwrap(),
    );
    for doc in after.documents(&event).unwrap() {
        command = command.put(doc);
    }
    workspace.journal.append_blocking(command).unwrap();
}

#[test]
fn verify_finds_a_grant_that_the_platform_did_not_sign() {
    let world = World::new();
    let workspace = &world.exchange.workspace;
    let run = || {
        seal::all(workspace).unwrap();
        verify::run(workspace, &verify::Kept::default(), &huoshui_app::progress::Silent).unwrap()
    };
    let own = seal::signer(workspace).unwrap();
    let sign = |key: &Ed25519, bytes: &[u8]| {
        use huoshui_journal::Signer as _;
        let value = hash::hex(&key.sign(bytes).unwrap());
        Signature { algorithm: key.algorithm().into(), key: key.key_id(), value }
    };
    granted_with(&world, 1, |bytes| sign(&own, bytes));
    assert!(run().is_sound(), "written so, a true signature is found sound");
    let stranger = Ed25519::from_seed(&[9; 32]);
    granted_with(&world, 2, |bytes| sign(&stranger, bytes));
    granted_with(&world, 3, |_| sign(&own, b"something else"));
    granted_with(&world, 4, |_| Signature { value: "00".into(), ..sign(&own, b"") });
    let verified = run();
    let found: Vec<_> = verified.journal.findings.iter().map(|f| (f.problem, f.version)).collect();
    assert_eq!(found, [(Problem::Signed, Some(2)); 3], "{:?}", verified.journal.findings);
    assert_eq!(verified.journal.wrong, 3);
}
