//! A small department's files, a running endpoint, and a remote that asks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use huoshui_department::{Key, Misbehaviour, Options, Ready, serve};
use huoshui_exchange::catalogue::{Catalogue, FieldKind};
use huoshui_kernel::{Date, Uscc};
use huoshui_sources::{Ask, Column, Endpoint, Kind, Remote, Resource, Secret, SeededJitter, Settings};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub fn firm(number: u8) -> Uscc {
    Uscc::compose("91", "310000", &format!("MA0000{number:02}")).unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The tax office: two firms' payments by quarter (in yuan, as csv has it), arrears of one, and a later change.
pub fn files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    let (one, two) = (firm(1), firm(2));
    let header = "uscc,period,declared_revenue,vat_payable,income_tax_payable,paid,on_time\n";
    put(
        "tax_payments.2025-09-30.whole.csv",
        format!(
            "{header}{two},2025-09-30,10.00,1.00,0.00,1.00,Y\n{one},2025-09-30,1234.56,100.01,0.00,100.01,Y\n\
             {one},2025-06-30,1000.00,90.00,10.00,95.00,N\n",
            one = one.as_str(),
            two = two.as_str()
        ),
    );
    put(
        "tax_payments.2025-10-05.change.csv",
        format!("{header}{},2025-06-30,1000.00,90.00,10.00,100.00,N\n", one.as_str()),
    );
    put(
        "tax_arrears.2025-09-30.whole.csv",
        format!("uscc,period,tax_type,amount,since\n{},2025-09-30,vat,5.00,2025-05-01\n", one.as_str()),
    );
    put("social_security.2025-09-30.whole.csv", "not this department's\n".to_owned());
    folder
}

pub fn options(files: &std::path::Path) -> Options {
    Options {
        code: "swj".into(),
        files: files.to_owned(),
        resources: vec![],
        listen: ([127, 0, 0, 1], 0).into(),
        key: Some(Key::new("k-e-y").unwrap()),
        misbehaviour: Misbehaviour::None,
        control: true,
        seed: 1,
        grace: Duration::from_millis(200),
    }
}

pub struct Running {
    pub ready: Ready,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

impl Running {
    pub async fn start(options: Options) -> Self {
        let (tell, told) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(async move {
            let until = async move {
                let _ = stopped.await;
            };
            serve(options, |ready| tell.send(ready.clone()).unwrap(), until).await.unwrap();
        });
        Self { ready: told.await.unwrap(), stop: Some(stop), ended }
    }

    pub async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.ended.await.unwrap();
    }

    pub fn remote(&self, change: impl FnOnce(&mut Settings)) -> Remote {
        let mut settings = Settings { deadline_ms: 1_000, connect_ms: 1_000, attempts: 1, ..Settings::default() };
        settings.cache.max_bytes = 0;
        settings.max_body_bytes = 64 << 10;
        settings.breaker.window = 64;
        settings.breaker.open_after = 64;
        change(&mut settings);
        let key = Some(Secret::new("k-e-y").unwrap());
        let end = Endpoint { department: "swj".into(), base: self.ready.url.clone(), key, roots: None };
        Remote::new(end, settings, Arc::new(|| 0), Arc::new(SeededJitter::new(1))).unwrap()
    }
}

/// A resource of the catalogue in the words of `sources`.
pub fn resource(code: &str) -> Resource {
    let catalogue = Catalogue::embedded().unwrap();
    let resource = catalogue.find(code, day("2025-09-30")).unwrap().clone();
    let columns = resource.fields.iter().map(|f| Column {
        name: f.name.clone(),
        kind: match f.kind {
            FieldKind::Text => Kind::Text,
            FieldKind::Int => Kind::Int,
            FieldKind::Money => Kind::Money,
            FieldKind::Rate => Kind::Rate,
            FieldKind::Date => Kind::Date,
            FieldKind::Flag => Kind::Flag,
            FieldKind::Uscc => Kind::Uscc,
            FieldKind::Code => Kind::Code,
        },
        required: f.required,
        max_len: f.max_len.into(),
        codes: f.codes.iter().map(|c| c.code.clone()).collect(),
    });
    let (code, schema) = (resource.code.clone(), resource.schema);
    Resource { code, schema, columns: columns.collect(), period: resource.period.clone(), key: resource.key.clone() }
}

pub fn ask(code: &str, firm: Uscc) -> Ask {
    Ask {
        resource: Arc::new(resource(code)),
        uscc: firm,
        from: Some(day("2025-01-01")),
        to: Some(day("2025-10-20")),
        today: day("2025-10-20"),
        stale_days: 0,
    }
}

/// One request over a plain socket: status and body.
pub async fn http(running: &Running, request: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(running.ready.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.get(9..12).unwrap().parse().unwrap(), body.to_owned())
}

pub async fn get(running: &Running, path: &str) -> (u16, String) {
    http(
        running,
        &format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k-e-y\r\nConnection: close\r\n\r\n"),
    )
    .await
}

pub async fn control(running: &Running, misbehave: &str) -> (u16, String) {
    let body = format!("{{\"misbehave\": {misbehave:?}}}");
    let length = body.len();
    let head = "POST /control HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json";
    http(running, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}")).await
}
