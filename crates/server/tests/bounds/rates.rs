//! How often one may ask, by account and by address, and how much one may send.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::json;

use crate::common::{self, Server, fresh_key};
use crate::{PASSWORD, enter, small};

/// An account of the operator's, with its token.
fn colleague(server: &Server, token: &str, login: &str) -> String {
    let account = json!({ "login": login, "password": PASSWORD });
    assert_eq!(server.post("/v1/organisations/operator/accounts", token, &account).status, 201);
    let headers = [("Content-Type", "application/json")];
    let session = server.send("POST", "/v1/session", None, &headers, account.to_string().as_bytes());
    session.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn many_clients_of_one_account_share_its_rate_and_another_account_keeps_its_own() {
    const BURST: usize = 20;
    let (_folder, server) = small(|config| {
        config.limits.actor_per_second = 1;
        config.limits.actor_burst = 20;
    });
    let first = enter(&server);
    let [one, other] = ["greedy", "modest"].map(|login| colleague(&server, &first, login));
    let began = std::time::Instant::now();
    let ask = |token: &str| server.get("/v1/session", Some(token));
    let replies: Vec<common::Reply> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8).map(|_| scope.spawn(|| (0..25).map(|_| ask(&one)).collect::<Vec<_>>())).collect();
        // Beside them the other one has its whole burst.
        assert!((0..BURST).all(|_| ask(&other).status == 200));
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let (served, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
    // The burst, and one more for each second that the machine took over it.
    let most = BURST + usize::try_from(began.elapsed().as_secs()).unwrap() + 1;
    assert!((BURST..=most).contains(&served.len()), "{} served of 200", served.len());
    for reply in refused {
        assert_eq!((reply.status, reply.code(), reply.header("retry-after")), (429, "limit.rate".to_owned(), "1"));
    }
}

/// A request that comes from this address of the machine's own.
fn from(address: [u8; 4], server: &Server, path: &str, token: Option<&str>) -> common::Reply {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let socket = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(std::net::SocketAddr::from((address, 0))).unwrap();
        socket.connect(server.address).await.unwrap().into_std().unwrap()
    });
    let mut socket: TcpStream = socket;
    socket.set_nonblocking(false).unwrap();
    let bearer = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    write!(socket, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}\r\n").unwrap();
    common::Reply::read(socket)
}

#[test]
fn one_address_is_held_to_its_rate_whoever_asks_from_it_and_another_address_is_not() {
    let (_folder, server) = small(|config| {
        config.limits.address_per_second = 1;
        config.limits.address_burst = 30;
        config.limits.actor_per_second = 1;
        config.limits.actor_burst = 1_000;
    });
    let token = enter(&server);
    let (near, far) = ([127, 0, 0, 1], [127, 0, 0, 2]);
    // Signed in, not signed in, with a token that is none, at an address that is not there: all spend the same.
    let asks = [
        ("/v1/session", Some(token.as_str())),
        ("/healthz", None),
        ("/v1/session", Some("hs_session_nobodys")),
        ("/nowhere", None),
    ];
    let refused = (0..400).map(|n| asks[n % asks.len()]).map(|(path, token)| from(near, &server, path, token));
    let first = refused.take(200).position(|reply| reply.status == 429).expect("the burst ends");
    assert!((20..200).contains(&first), "{first} were answered");
    for (path, token) in asks {
        // Each second brings one: of two at once the second finds nothing.
        let second = (0..50).map(|_| from(near, &server, path, token)).find(|reply| reply.status == 429);
        let reply = second.unwrap_or_else(|| panic!("{path} is not held"));
        assert_eq!((reply.code().as_str(), reply.header("retry-after")), ("limit.rate", "1"), "{path}");
    }
    for _ in 0..20 {
        assert_eq!(from(far, &server, "/v1/session", Some(&token)).status, 200, "the same account from elsewhere");
    }
}

#[test]
fn a_body_is_taken_up_to_its_bound_and_no_further_however_it_is_sent() {
    let (_folder, server) = small(|config| {
        config.limits.body_bytes = 2_000;
        config.limits.upload_bytes = 4_000;
    });
    let token = enter(&server);
    let body = |id: &str, bytes: usize| {
        let mut text = json!({ "id": id, "kind": "guarantor", "name_zh": "界", "name_en": "Bound" }).to_string();
        text.push_str(&" ".repeat(bytes - text.len()));
        text
    };
    let send = |id: &str, bytes: usize, chunked: bool| {
        let (key, text) = (fresh_key(), body(id, bytes));
        let length = if chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {bytes}") };
        let mut socket = TcpStream::connect(server.address).unwrap();
        let head = format!(
            "POST /v1/organisations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Idempotency-Key: {key}\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        // A server that refuses early need not read the rest.
        let _ = if chunked {
            let parts = text
                .as_bytes()
                .chunks(700)
                .map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
            parts.chain([b"0\r\n\r\n".to_vec()]).try_for_each(|part| socket.write_all(&part))
        } else {
            socket.write_all(text.as_bytes())
        };
        common::Reply::read(socket)
    };
    for chunked in [false, true] {
        let id = |what: &str| format!("{what}-{}", if chunked { "chunked" } else { "whole" });
        let (fits, over) = (send(&id("fits"), 2_000, chunked), send(&id("over"), 2_001, chunked));
        assert_eq!(fits.status, 201, "{}", fits.text());
        assert_eq!((over.status, over.code()), (413, "request.too_large".to_owned()), "chunked: {chunked}");
        let path = format!("/v1/organisations/{}", id("over"));
        assert_eq!(server.get(&path, Some(&token)).status, 404, "nothing of it was done");
    }
    // Files have a bound of their own, together.
    let files = |bytes: usize| {
        vec![("departments.csv".to_owned(), vec![b'x'; bytes]), ("institutions.csv".to_owned(), vec![b'x'; bytes])]
    };
    let small = server.upload("/v1/registry/files", &token, &fresh_key(), &files(1_000));
    assert_eq!(small.status, 202, "{}", small.text());
    let large = server.upload("/v1/registry/files", &token, &fresh_key(), &files(2_500));
    assert_eq!((large.status, large.code()), (413, "request.too_large".to_owned()), "{}", large.text());
}
