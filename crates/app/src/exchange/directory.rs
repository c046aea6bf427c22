//! Who is who, for the exchange: firms by USCC, institutions with what they may receive as. Built from the registry and
//! built anew when its streams have moved on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use huoshui_exchange::lookup::{Builder, Index};
use huoshui_exchange::purpose::RecipientKind;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};
use huoshui_registry::institution::InstitutionKind;
use huoshui_registry::{Reference, Snapshot};
use serde_json::Value;

use crate::faults;
use crate::folder::Workspace;
use crate::library::{Library, stream};

/// How long a directory is used before the registry's streams are looked at again, microseconds.
const LOOK_EVERY: i64 = 2_000_000;
/// What a directory is made of.
const STREAMS: [&str; 4] = [stream::INSTITUTIONS, stream::DEPARTMENTS, stream::ENTERPRISES, stream::ROSTER];

/// A firm as the look-up lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firm {
    /// Who.
    pub uscc: Uscc,
    /// Its name.
    pub name: Arc<str>,
    /// The name before.
    pub former_name: Option<Arc<str>>,
    /// Where, a code.
    pub district: String,
    /// The section of its industry.
    pub industry: Option<String>,
    /// The highest tier on the latest list.
    pub tier: Option<&'static str>,
    /// Size class.
    pub size: Option<&'static str>,
}

/// Everyone at one time.
pub struct Directory {
    versions: [u64; 4],
    /// The day of it.
    pub date: Date,
    /// Firms in the order of their USCCs.
    pub firms: Vec<Firm>,
    places: HashMap<Uscc, u32>,
    institutions: HashMap<String, RecipientKind>,
    departments: Vec<String>,
    index: OnceLock<Index>,
}

/// What an institution of this kind receives data as.
#[must_use]
pub fn recipient_kind(kind: InstitutionKind) -> RecipientKind {
    match kind {
        InstitutionKind::PropertyInsurer | InstitutionKind::LifeInsurer => RecipientKind::Insurer,
        InstitutionKind::Guarantor => RecipientKind::Guarantor,
        _ => RecipientKind::Bank,
    }
}

impl Directory {
    fn load(workspace: &Workspace, versions: [u64; 4], today: Date) -> Result<Self> {
        let library = Library::load(workspace, None)?;
        let snapshot = Snapshot::build(&library.enterprises, &library.roster, today, today, Reference::built_in()?);
        let former: HashMap<Uscc, Arc<str>> =
            library.enterprises.all_as_of(today).filter_map(|e| Some((e.uscc, e.former_name.clone()?))).collect();
        let firms: Vec<Firm> = snapshot
            .firms()
            .iter()
            .map(|f| Firm {
                former_name: former.get(&f.uscc).cloned(),
                uscc: f.uscc,
                name: Arc::clone(&f.name),
                district: f.district.as_str().to_owned(),
                industry: f.section().map(str::to_owned),
                tier: f.tier.map(huoshui_registry::Tier::code),
                size: f.size_code(),
            })
            .collect();
        let places = (0u32..).zip(&firms).map(|(n, firm)| (firm.uscc, n)).collect();
        let institutions = library.institutions.iter();
        let institutions = institutions.map(|i| (i.code.as_str().to_owned(), recipient_kind(i.kind))).collect();
        let departments = library.departments.iter().map(|d| d.code.as_str().to_owned()).collect();
        Ok(Self { versions, date: today, firms, places, institutions, departments, index: OnceLock::new() })
    }

    /// A firm.
    #[must_use]
    pub fn firm(&self, uscc: &Uscc) -> Option<&Firm> {
        self.places.get(uscc).and_then(|n| self.firms.get(usize::try_from(*n).ok()?))
    }

    /// What an institution receives as; none for one that nobody knows.
    #[must_use]
    pub fn institution(&self, code: &str) -> Option<RecipientKind> {
        self.institutions.get(code).copied()
    }

    /// The index for partial names; built at the first look-up.
    ///
    /// # Errors
    /// `exchange.too_many`.
    pub fn index(&self) -> Result<&Index> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let mut builder = Builder::new(&["district", "industry", "tier", "size"]);
        for firm in &self.firms {
            let text = |value: Option<&str>| value.map_or(Value::Null, Value::from);
            let public =
                [Value::from(firm.district.as_str()), text(firm.industry.as_deref()), text(firm.tier), text(firm.size)];
            builder.add(firm.uscc, &firm.name, firm.former_name.as_deref(), &public)?;
        }
        let built = builder.build()?;
        // Another thread may have been first; both built the same.
        Ok(self.index.get_or_init(|| built))
    }

    /// Whether there is such a department.
    #[must_use]
    pub fn has_department(&self, code: &str) -> bool {
        self.departments.iter().any(|d| d == code)
    }

    /// Tells one directory from the next.
    #[must_use]
    pub const fn versions(&self) -> [u64; 4] {
        self.versions
    }
}

/// The directory in use.
#[derive(Default)]
pub struct Directories {
    current: RwLock<Option<(Arc<Directory>, i64)>>,
    building: Mutex<()>,
}

impl Directories {
    /// The directory as of now, at most two seconds behind the registry.
    ///
    /// # Errors
    /// Those of the store.
    pub fn get(&self, workspace: &Workspace, now: i64) -> Result<Arc<Directory>> {
        if let Some(fresh) = self.looked_at(now)? {
            return Ok(fresh);
        }
        // One builds; the others wait for it rather than building the same beside it.
        let _one = self.building.lock().map_err(|_| poisoned())?;
        if let Some(fresh) = self.looked_at(now)? {
            return Ok(fresh);
        }
        let mut versions = [0; 4];
        for (version, name) in versions.iter_mut().zip(STREAMS) {
            *version = workspace.journal.stream_version(name)?;
        }
        let today = huoshui_exchange::clock::day(now);
        let current = self.current.read().map_err(|_| poisoned())?.clone();
        let directory = match current {
            Some((directory, _)) if directory.versions == versions && directory.date == today => directory,
            _ => Arc::new(Directory::load(workspace, versions, today)?),
        };
        *self.current.write().map_err(|_| poisoned())? = Some((Arc::clone(&directory), now));
        Ok(directory)
    }

    fn looked_at(&self, now: i64) -> Result<Option<Arc<Directory>>> {
        let current = self.current.read().map_err(|_| poisoned())?;
        let fresh = current.as_ref().filter(|(_, at)| (*at..at.saturating_add(LOOK_EVERY)).contains(&now));
        Ok(fresh.map(|(directory, _)| Arc::clone(directory)))
    }
}

fn poisoned() -> Fault {
    Fault::new(&faults::INTERNAL).with("what", "directory")
}
