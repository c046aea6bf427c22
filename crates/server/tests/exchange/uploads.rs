//! A department's batch that comes slowly, one that is too large, and what a slow request of another kind meets.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::common::{Reply, Server, config, fresh_key, held};
use super::inboxes::people;
use super::world::{FIRMS, World, firm};
use super::{session, sound};

/// The head of a request and the first bytes of its body; the rest is the caller's.
fn begin(server: &Server, path: &str, token: &str, media: &str, length: usize, first: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(server.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {}\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n",
        fresh_key()
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(first).unwrap();
    socket
}

#[test]
fn a_batch_may_come_slower_than_a_request_and_no_larger_than_an_upload() {
    let world = World::new(None);
    people(&world);
    let mut config = config();
    config.limits.request_seconds = 2;
    config.limits.question_seconds = 2;
    config.limits.upload_bytes = config.limits.body_bytes;
    let (seconds, most) = (config.limits.request_seconds, config.limits.upload_bytes);
    let server = Server::over(world.workspace.clone(), config);
    let clerk = session(&server, "tax-clerk");
    let as_of = huoshui_kernel::date::prior_year_end(huoshui_exchange::clock::day(world.exchange.now()));
    let path = format!("/v1/exchange/departments/swj/batches/tax_grade.{as_of}.whole.csv");
    let rows: String = (0..FIRMS).map(|n| format!("{},{as_of},B\n", firm(n))).collect();
    let batch = format!("uscc,period,grade\n{rows}");
    let pause = Duration::from_millis(seconds * 1_000 + 1_500);
    std::thread::scope(|scope| {
        // Piece by piece, for longer than a request may take: taken.
        let slow = scope.spawn(|| {
            let (first, second) = batch.as_bytes().split_at(batch.len() / 3);
            let mut socket = begin(&server, &path, &clerk, "application/octet-stream", batch.len(), first);
            std::thread::sleep(pause);
            socket.write_all(second).unwrap();
            Reply::read(socket)
        });
        // A request that is no upload is cut off as ever, also one that calls its body an upload's.
        for media in ["application/json", "multipart/form-data; boundary=x"] {
            let reply = Reply::read(begin(&server, "/v1/exchange/pulls", &world.banks[0], media, 100, b"{"));
            let json = media == "application/json";
            let expected = if json { (503, "server.deadline") } else { (415, "request.media_type") };
            assert_eq!((reply.status, reply.code().as_str()), expected, "{media}");
        }
        let taken = slow.join().unwrap();
        held::hold("POST", &path, taken.status, taken.header("content-type"), &taken.body);
        assert_eq!((taken.status, taken.json()["outcome"].clone()), (200, json!("applied")), "{}", taken.text());
        assert_eq!(taken.json()["rows"], json!(FIRMS));
    });
    // One byte more than an upload may have.
    let large = vec![b'x'; most + 1];
    let headers = [("Idempotency-Key", "too-large-01"), ("Content-Type", "application/octet-stream")];
    let refused = server.send("POST", &path, Some(&clerk), &headers, &large);
    assert_eq!((refused.status, refused.code().as_str()), (413, "request.too_large"));
    // The same file again under another key is there already; nothing of what was taken lies about.
    let again = server.send("POST", &path, Some(&clerk), &[("Idempotency-Key", "again-0001")], batch.as_bytes());
    assert_eq!(again.json()["outcome"], json!("already_there"), "{}", again.text());
    let left = std::fs::read_dir(world.data().join("uploads")).unwrap().count();
    assert_eq!(left, 0);
    assert!(server.stop());
    sound(&world);
}
