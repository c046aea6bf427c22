//! Many firms by file, over HTTP: as spreadsheets write csv in this country.

use super::common::{Server, config, fresh_key};
use super::inboxes::people;
use super::world::{World, firm};
use super::{session, sound};

#[test]
fn a_file_in_gbk_and_cells_with_commas_are_read_as_they_are_meant() {
    let world = World::new(None);
    people(&world);
    let server = Server::over(world.workspace.clone(), config());
    let wang = session(&server, "wang");
    let send = |file: &[u8]| {
        let (key, path) = (fresh_key(), "/v1/exchange/lookup");
        let headers = [("Idempotency-Key", key.as_str()), ("Content-Type", "text/csv")];
        server.send("POST", path, Some(&wang), &headers, file)
    };
    // “企业5有限公司” in GBK, as `iconv -t gbk` writes it.
    let name = b"\xc6\xf3\xd2\xb55\xd3\xd0\xcf\xde\xb9\xab\xcb\xbe";
    let header = b"\xc6\xf3\xd2\xb5\xc3\xfb\xb3\xc6"; // 企业名称
    let mut gbk = [header.as_slice(), b",note\r\n", name, b",\"a, b\"\r\n"].concat();
    gbk.extend_from_slice(format!("{},x\r\n", firm(7)).as_bytes());
    // A quoted cell with a comma is one cell: no firm is called so, and none of its first half is found in its place.
    gbk.extend_from_slice(&[b"\"".as_slice(), name, b",\xb1\xb1\xbe\xa9\",y\r\n"].concat()); // ,北京
    let found = send(&gbk);
    assert_eq!(found.status, 200, "{}", found.text());
    assert_eq!(found.header("content-type"), "text/csv; charset=utf-8");
    let text = found.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    let columns = |n: u32| format!("{},企业{n}有限公司,110108,C,", firm(n));
    assert!(lines[1].starts_with("企业5有限公司,") && lines[1].contains(&columns(5)), "{}", lines[1]);
    assert!(lines[2].starts_with(&format!("{},code,{}", firm(7), columns(7))), "{}", lines[2]);
    assert!(lines[3].starts_with("\"企业5有限公司,北京\",none,,"), "{}", lines[3]);
    // The same in UTF-8 with a byte-order mark, without a header.
    let utf8 = send("\u{feff}企业5有限公司\n\"企业6有限公司\",z\n".as_bytes());
    let text = utf8.text();
    let firms: Vec<bool> = text.lines().skip(1).zip([5, 6]).map(|(line, n)| line.contains(&columns(n))).collect();
    assert_eq!(firms, [true, true], "{text}");
    for (file, status, code) in [
        (b"".as_slice(), 422, "exchange.bulk"),
        (b"\n\n", 422, "exchange.bulk"),
        (b"a\n\"b\n", 422, "csv.open_quote"),
        (b"\"a\"b,c\n", 422, "row.bad_quote"),
        (b"a\0b\n", 422, "csv.binary"),
        (b"\xff\xff\xff\xff\n", 422, "csv.bad_encoding"),
    ] {
        let refused = send(file);
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{file:?}");
    }
    assert!(server.stop());
    sound(&world);
}
