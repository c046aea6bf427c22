//! The server comes up, gives each caller its own database, survives a crash and leaves nothing behind.

use huoshui_testkit::Postgres;

#[test]
fn each_caller_gets_its_own_database() {
    let server = Postgres::shared().unwrap();
    let (a, b) = (server.fresh_database().unwrap(), server.fresh_database().unwrap());
    assert_ne!(a, b);
    assert!(a.starts_with("postgres://huoshui@localhost/t"), "{a}");
}

#[test]
fn a_crashed_server_comes_back_and_a_dropped_one_is_gone() {
    let server = Postgres::start_durable().unwrap();
    let url = server.url();
    server.kill().unwrap();
    assert!(server.fresh_database().is_err());
    server.run_again().unwrap();
    server.fresh_database().unwrap();
    server.stop_immediately().unwrap();
    server.run_again().unwrap();
    server.fresh_database().unwrap();
    let folder = url.split_once("host=").unwrap().1.replace("%2F", "/");
    assert!(std::path::Path::new(&folder).exists());
    drop(server);
    assert!(!std::path::Path::new(&folder).exists());
}
