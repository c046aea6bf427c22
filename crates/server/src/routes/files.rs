//! Files in: taken to a folder of their own, held to what may be sent, then imported as a job.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_core::Stream as _;
use huoshui_app::import::files::{Source, classify};
use huoshui_app::import::registry::Choice;
use huoshui_app::import::report::{Item, Outcome as Done, Report};
use huoshui_app::jobs::{self, Job, Outcome};
use huoshui_app::progress::Progress;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::jobs::{FaultShown, Job as Shown, shown};
use crate::answer::{Answer, accepted};
use crate::config::Config;
use crate::extract::{Key, Permit};
use crate::jobs::LIFE;
use crate::state::App;
use crate::{Problem, faults};

/// Faults of one item that a job's result holds; `findings` has them all.
const SHOWN: usize = 50;
/// Items of a job's result.
const ITEMS: usize = 500;

/// The endpoints.
pub fn routes(config: &Config) -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(config.limits.upload_bytes))
}

/// Files of an upload: parts named `file`, each with its file's name.
#[derive(Deserialize, ToSchema)]
pub struct Upload {
    /// The files.
    #[schema(value_type = Vec<String>, format = Binary)]
    #[serde(rename = "file")]
    pub _file: Vec<String>,
}

/// Files taken, not imported yet.
pub struct Taken {
    folder: tempfile::TempDir,
    /// What their names say.
    pub sources: Vec<Source>,
    /// What the request is, for its idempotency key: names and hashes of contents.
    pub request: Vec<u8>,
}

fn unreadable(e: &axum::extract::multipart::MultipartError, limit: usize) -> Problem {
    match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::new(&faults::TOO_LARGE).with("limit", limit).into(),
        _ => Fault::new(&faults::MALFORMED).with("what", "multipart/form-data").field("body").into(),
    }
}

/// A folder for one upload, gone with it.
async fn own_folder(app: &App) -> Answer<tempfile::TempDir> {
    let within = app.workspace().path("uploads");
    let made = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&within).and_then(|()| tempfile::TempDir::new_in(&within))
    });
    let folder = made.await.map_err(|_| Fault::new(&faults::INTERNAL))?;
    Ok(folder.map_err(|e| huoshui_app::faults::folder(&app.workspace().path("uploads"), &e))?)
}

/// Takes a body that is one file into a folder of its own, streamed to disk: however large it is, only a piece of it is in
/// memory. The name must be a plain one.
///
/// # Errors
/// `request.too_large`, `request.malformed` for a body that ends early.
pub async fn one(app: &App, name: &str, body: Body) -> Answer<(tempfile::TempDir, PathBuf)> {
    let limit = app.config().limits.upload_bytes;
    let folder = own_folder(app).await?;
    let path = folder.path().join(name);
    let failed = |e: std::io::Error| Problem::from(huoshui_app::faults::folder(&path, &e));
    let mut file = tokio::fs::File::create(&path).await.map_err(failed)?;
    let (mut body, mut taken) = (body.into_data_stream(), 0_usize);
    while let Some(chunk) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
        let ended = |_| Fault::new(&faults::MALFORMED).with("what", "the connection ended").field("body");
        let chunk = chunk.map_err(ended)?;
        taken = taken.saturating_add(chunk.len());
        if taken > limit {
            return Err(Fault::new(&faults::TOO_LARGE).with("limit", limit).into());
        }
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    drop(file);
    Ok((folder, path))
}

/// Takes the parts of an upload into a folder of their own, each streamed to disk.
///
/// # Errors
/// `upload.*`, `request.too_large`, and those of file names.
pub async fn take(app: &App, mut parts: Multipart) -> Answer<Taken> {
    let limits = &app.config().limits;
    let folder = own_folder(app).await?;
    let mut taken = Taken { folder, sources: Vec::new(), request: Vec::new() };
    let cut = |e| unreadable(&e, limits.upload_bytes);
    while let Some(mut part) = parts.next_field().await.map_err(cut)? {
        // What would be dropped in silence is refused: somebody sent it for a reason.
        let named = part.file_name().filter(|_| part.name() == Some("file")).map(str::to_owned);
        let Some(name) = named else { return Err(Fault::new(&faults::NO_FILES).field("file").into()) };
        if taken.sources.len() >= limits.upload_files {
            let expected = format!("≤ {}", limits.upload_files);
            return Err(Fault::new(&faults::WRONG_FILE).with("file", name).with("expected", expected).into());
        }
        // The name comes from outside: only one that is a plain table's name ever touches the disk.
        let plain = !name.contains(['/', '\\']) && !name.contains("..") && name.len() <= 200;
        let fault = || Fault::new(&huoshui_app::faults::UNKNOWN_FILE).with("file", &name).field("file");
        let path = plain.then(|| taken.folder.path().join(&name)).ok_or_else(fault)?;
        let source = classify(&path).map_err(|f| f.field("file"))?;
        if taken.sources.iter().any(|s| s.path == path) {
            let expected = "不可重复 / once only";
            return Err(Fault::new(&faults::WRONG_FILE).with("file", name).with("expected", expected).into());
        }
        let failed = |e: std::io::Error| Problem::from(huoshui_app::faults::folder(&path, &e));
        let mut file = tokio::fs::File::create(&path).await.map_err(failed)?;
        let mut digest = huoshui_journal::hash::bytes(name.as_bytes());
        while let Some(chunk) = part.chunk().await.map_err(cut)? {
            // A chain of hashes over chunks would depend on how the network cut them; hence the file is read below.
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        drop(file);
        let read = path.clone();
        let content = tokio::task::spawn_blocking(move || hash_of(&read)).await;
        let content = content.map_err(|_| Fault::new(&faults::INTERNAL))?.map_err(failed)?;
        taken.request.append(&mut digest.to_vec());
        taken.request.extend_from_slice(&content);
        digest.fill(0);
        taken.sources.push(source);
    }
    if taken.sources.is_empty() {
        return Err(Fault::new(&faults::NO_FILES).field("file").into());
    }
    Ok(taken)
}

fn hash_of(path: &std::path::Path) -> std::io::Result<[u8; 32]> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let (mut all, mut buffer) = ([0_u8; 32], vec![0_u8; 1 << 20]);
    loop {
        // Filled whole but for the last, so that the same bytes always give the same chain.
        let mut held = 0;
        while let Some(rest) = buffer.get_mut(held..).filter(|r| !r.is_empty()) {
            match file.read(rest)? {
                0 => break,
                n => held += n,
            }
        }
        if held == 0 {
            return Ok(all);
        }
        let mut link = all.to_vec();
        link.extend_from_slice(&huoshui_journal::hash::bytes(buffer.get(..held).unwrap_or_default()));
        all = huoshui_journal::hash::bytes(&link);
    }
}

/// Begins the import of what was taken.
///
/// # Errors
/// `job.full`; those of the store.
pub async fn import(
    app: &App,
    permit: Permit,
    key: Key,
    what: &'static str,
    subject: Option<String>,
    taken: Taken,
) -> Answer<Response> {
    let organisation = permit.actor()?.organisation.clone();
    let Taken { folder, request, .. } = taken;
    let start = move |app: &App| {
        let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
        let (id, deadline) = (jobs::id(asker, what), app.now() + LIFE);
        let job = Job { id, what: what.to_owned(), organisation, subject, deadline, outcome: None };
        jobs::start(app.workspace(), asker, &job, &request)
    };
    let work = move |app: &App, progress: &dyn Progress| run(app, vec![folder.path().to_path_buf()], progress);
    let job = app.begin_job(start, work).await?;
    let shown = shown(app, job);
    Ok(accepted(&format!("/v1/jobs/{}", shown.id()), shown))
}

/// Another server may take the same institution's filing at the same moment: then what it took is looked at anew.
const TRIES: usize = 3;

fn run(app: &App, paths: Vec<PathBuf>, progress: &dyn Progress) -> Result<Outcome> {
    let mut tried = 0;
    loop {
        tried += 1;
        let today = app.today()?;
        match huoshui_app::import::run(app.workspace(), &paths, Choice::default(), today, progress) {
            // The other sealer seals; what was imported is recorded.
            Err(fault) if fault.code() == "journal.fenced" => {
                let sealed = Imported { items: Vec::new(), queries: 0, note: Some("sealed elsewhere".to_owned()) };
                let sealed_by_another = serde_json::to_value(sealed).unwrap_or_default();
                if tried >= TRIES {
                    return Ok(Outcome { ok: true, result: sealed_by_another });
                }
            }
            Err(fault) if fault.code() == "journal.conflict" && tried < TRIES => {}
            Err(fault) => return Err(fault),
            Ok(report) => return Ok(Outcome { ok: !report.any_refused(), result: said(&report) }),
        }
    }
}

/// What came of an import; the first 500 items.
#[derive(Serialize, ToSchema)]
pub(super) struct Imported {
    items: Vec<ImportedItem>,
    /// Contradictions between banks that were opened.
    queries: u64,
    /// What else there is to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What came of one file or filing.
#[derive(Serialize, ToSchema)]
struct ImportedItem {
    #[schema(required = true)]
    file: Option<String>,
    /// Whose filing it is.
    #[schema(required = true)]
    institution: Option<String>,
    /// As-of date.
    #[schema(required = true, format = Date)]
    date: Option<String>,
    /// `applied`, `would_apply`, `already_there`, `refused`.
    #[schema(value_type = ItemState)]
    state: &'static str,
    rows: u64,
    /// What changed, counted.
    #[schema(required = true)]
    changes: Option<BTreeMap<String, u64>>,
    /// Of a refusal: how many faults there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<u64>,
    /// The first 50 of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<FaultShown>>)]
    faults: Option<Vec<serde_json::Value>>,
    /// Where all of them are, as csv.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<String>,
}

/// What became of a file or filing.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "the contract's form of its words")]
enum ItemState {
    Applied,
    WouldApply,
    /// The same bytes were there before.
    AlreadyThere,
    /// Nothing of it was taken.
    Refused,
}

fn said(report: &Report) -> serde_json::Value {
    let items = report.items.iter().take(ITEMS).map(item).collect();
    serde_json::to_value(Imported { items, queries: report.queries, note: None }).unwrap_or_default()
}

fn item(item: &Item) -> ImportedItem {
    let (state, changes) = match &item.outcome {
        Done::Applied { changes, .. } => ("applied", Some(changes)),
        Done::WouldApply { changes, .. } => ("would_apply", Some(changes)),
        Done::AlreadyThere { .. } => ("already_there", None),
        Done::Refused { .. } => ("refused", None),
    };
    let mut shown = ImportedItem {
        file: item.path.file_name().map(|n| n.to_string_lossy().into_owned()),
        institution: item.institution.clone(),
        date: item.date.map(|d| d.to_string()),
        state,
        rows: item.outcome.rows(),
        changes: changes.cloned(),
        errors: None,
        faults: None,
        findings: None,
    };
    if let Done::Refused { count, faults, listing } = &item.outcome {
        shown.errors = Some(*count);
        // The place of the listing on the server's disk is nobody's business outside.
        shown.faults = Some(faults.iter().take(SHOWN).map(outside).collect());
        if let (Some(_), Some(institution), Some(date)) = (listing, &item.institution, item.date) {
            shown.findings = Some(format!("/v1/institutions/{institution}/findings/{date}"));
        }
    }
    shown
}

fn outside(fault: &Fault) -> serde_json::Value {
    let mut value = serde_json::to_value(fault).unwrap_or_default();
    if fault.code() == "filing.refused"
        && let Some(map) = value.as_object_mut()
    {
        map.remove("hint_zh");
        map.remove("hint_en");
    }
    value
}

/// Records tables of the registry: institutions, departments, enterprises, lists, targets. Answers with a job.
#[utoipa::path(post, path = "/v1/registry/files", operation_id = "uploadRegistry", tag = "registry",
    security(("session" = []), ("key" = ["registry:write"])),
    request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 202, body = Shown)),
    extensions(("x-problems" = json!(["upload.no_files", "upload.wrong_file", "import.unknown_file", "import.file_name", "job.full"]))))]
async fn upload(State(app): State<App>, permit: Permit, key: Key, parts: Multipart) -> Answer<Response> {
    let taken = take(&app, parts).await?;
    if let Some(wrong) = taken.sources.iter().find(|s| s.table.is_filing()) {
        let name = wrong.path.file_name().unwrap_or_default().to_string_lossy();
        let expected = "institutions.csv, departments.csv, enterprises.DATE.csv, roster.DATE.xlsx, targets.csv";
        return Err(Fault::new(&faults::WRONG_FILE).with("file", name).with("expected", expected).field("file").into());
    }
    import(&app, permit, key, "registry.upload", None, taken).await
}
