//! A data folder with a catalogue, and files of departments put into it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use huoshui_app::exchange::batches::Desk;
use huoshui_app::exchange::batches::name::Name;
use huoshui_app::exchange::holdings::{CACHE_BYTES, Holdings};
use huoshui_app::import::report::Outcome;
use huoshui_app::verify::{self, Kept};
use huoshui_app::{Mode, Workspace, progress};
use huoshui_exchange::answer::{Fetched, Provenance};
use huoshui_exchange::catalogue::Catalogue;
use huoshui_journal::StepClock;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::{Fault, Uscc};
use serde_json::Value;

/// 2025-10-20 00:00:00 UTC, as `date -d 2025-10-20T00:00:00Z +%s` gives it.
pub const START: i64 = 1_760_918_400_000_000;
pub const HEADER: &str = "uscc,period,headcount,payable,paid,new_insured";

pub struct World {
    pub folder: tempfile::TempDir,
    pub workspace: Workspace,
    pub catalogue: Arc<Catalogue>,
    pub today: Date,
}

pub fn day(text: &str) -> Date {
    date::parse(text).unwrap()
}

/// Firms in the order of their codes.
pub fn firm(number: usize) -> Uscc {
    Uscc::compose("91", "110108", &format!("MA{number:06}")).unwrap()
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = open(folder.path(), Mode::Create);
        let catalogue = Arc::new(Catalogue::embedded().unwrap());
        Self { folder, workspace, catalogue, today: day("2025-10-20") }
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let files = self.folder.path().join("files");
        std::fs::create_dir_all(&files).unwrap();
        let path = files.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Uploads a file as its department would; firms 0 to 99 are registered.
    pub fn take(&self, path: &Path) -> Outcome {
        let known = |text: &str| (0..100).any(|n| firm(n).as_str() == text);
        let name = Name::of(path).unwrap().unwrap();
        let (workspace, catalogue) = (&self.workspace, &*self.catalogue);
        Desk { workspace, catalogue, known: &known, today: self.today, dry_run: false }.take(None, path, &name).unwrap()
    }

    /// A social-security batch of these rows: firm, period, headcount.
    pub fn social(&self, name: &str, rows: &[(usize, &str, i64)]) -> Outcome {
        let lines = rows.iter().map(|(n, period, heads)| format!("{},{period},{heads},100.00,90.50,\n", firm(*n)));
        self.take(
            &self.file(&format!("social_security.{name}.csv"), format!("{HEADER}\n{}", lines.collect::<String>())),
        )
    }

    pub fn holdings(&self) -> Holdings {
        Holdings::new(self.workspace.clone(), self.catalogue.clone(), CACHE_BYTES)
    }

    /// Month and headcount of a firm's rows.
    pub fn heads(&self, holdings: &Holdings, number: usize) -> Vec<(String, i64)> {
        let fetched = holdings.firm("social_security", firm(number), Date::MIN, day("2025-12-31"), self.today).unwrap();
        rows(&fetched).iter().map(|r| (r[0].as_str().unwrap().to_owned(), r[1].as_i64().unwrap())).collect()
    }

    /// Everything that a refused batch must leave as it was: events, the document, files.
    pub fn everything(&self) -> (Vec<Vec<u8>>, Option<Vec<u8>>, Vec<PathBuf>) {
        let journal = &self.workspace.journal;
        let events = journal.read_stream("resource/social_security", 1, 1_000).unwrap();
        let document = journal.state("resource", "social_security").unwrap();
        (events.into_iter().map(|e| e.data.body).collect(), document.map(|d| d.doc), self.objects())
    }

    /// Every stored file.
    pub fn objects(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().join("data/objects")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }

    pub fn verified(&self) -> verify::Verified {
        huoshui_app::seal::all(&self.workspace).unwrap();
        verify::run(&self.workspace, &Kept::default(), &progress::Silent).unwrap()
    }

    pub fn sound(&self) {
        let verified = self.verified();
        assert!(verified.is_sound(), "{verified:?}");
    }
}

pub fn open(folder: &Path, mode: Mode) -> Workspace {
    Workspace::open(&folder.join("data"), mode, Arc::new(StepClock::new(START, 1_000_000))).unwrap()
}

pub fn rows(fetched: &Fetched) -> Vec<Vec<Value>> {
    match fetched {
        Fetched::Found(rows, _) => rows.rows.clone(),
        other => panic!("{other:?}"),
    }
}

pub fn provenance(fetched: &Fetched) -> Provenance {
    match fetched {
        Fetched::Found(_, provenance) => provenance.clone(),
        other => panic!("{other:?}"),
    }
}

pub fn applied(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Applied { rows, .. } => *rows,
        other => panic!("{other:?}"),
    }
}

pub fn refusal(outcome: &Outcome) -> &[Fault] {
    match outcome {
        Outcome::Refused { faults, .. } => faults,
        other => panic!("{other:?}"),
    }
}
