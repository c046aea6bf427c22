//! The catalogue: every version of every resource, read from files and checked whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;
use huoshui_kernel::{Date, DepartmentCode};

use super::{DepartmentFile, Resource, check};
use crate::{canonical, embedded, faults};

/// All versions of all resources. Loading checked them: what is in it holds together.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// By code, each list in the order of the schema's versions.
    resources: BTreeMap<String, Vec<Arc<Resource>>>,
    shapes: BTreeMap<(String, u32), &'static TableShape>,
}

impl Catalogue {
    /// The catalogue that ships with the program.
    pub fn embedded() -> Result<Self> {
        Self::load(embedded::RESOURCES)
    }

    /// Reads departments' files, (name, text), and checks all of it: anything that does not hold together refuses the
    /// whole catalogue with `exchange.policy_file` (not readable) or `exchange.policy_entry` (contradictory).
    pub fn load<F: AsRef<str>, T: AsRef<str>>(files: &[(F, T)]) -> Result<Self> {
        let mut read_in: BTreeMap<String, Vec<Resource>> = BTreeMap::new();
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        let mut departments = BTreeSet::new();
        let mut rules: BTreeMap<String, String> = BTreeMap::new();
        for (file, text) in files {
            let (file, text) = (file.as_ref(), text.as_ref());
            let read: DepartmentFile = toml::from_str(text)
                .map_err(|e| Fault::new(&faults::POLICY_FILE).with("file", file).with("detail", e))?;
            DepartmentCode::parse(&read.department)?;
            if !departments.insert(read.department.clone()) {
                let en = "a department has one file";
                return Err(check::wrong(file, &read.department, "一个部门只能有一个文件", en));
            }
            for mut resource in read.resource {
                if !resource.department.is_empty() && resource.department != read.department {
                    let en = "another department than its file's";
                    return Err(check::wrong(file, &resource.code, "部门与文件的部门不同", en));
                }
                resource.department.clone_from(&read.department);
                check::resource(file, &resource)?;
                for rule in &resource.rules {
                    // A rule may live on in the next version of its resource, and nowhere else.
                    if rules.insert(rule.code.clone(), resource.code.clone()).is_some_and(|r| r != resource.code) {
                        return Err(check::wrong(file, &rule.code, "校验规则代码重复", "a rule's code is taken"));
                    }
                }
                places.entry(resource.code.clone()).or_insert_with(|| file.to_owned());
                read_in.entry(resource.code.clone()).or_default().push(resource);
            }
        }
        let mut catalogue = Self { resources: BTreeMap::new(), shapes: BTreeMap::new() };
        for (code, mut versions) in read_in {
            let file = places.get(&code).map_or("", String::as_str);
            versions.sort_by_key(|r| r.schema);
            check::versions(file, &code, &versions)?;
            for version in &versions {
                catalogue.shapes.insert((code.clone(), version.schema), version.shape()?);
            }
            catalogue.resources.insert(code, versions.into_iter().map(Arc::new).collect());
        }
        Ok(catalogue)
    }

    /// The version of a resource that applies on a date.
    #[must_use]
    pub fn get(&self, code: &str, on: Date) -> Option<&Resource> {
        self.shared(code, on).map(Arc::as_ref)
    }

    /// The same, to be kept: plans hold resources without copying them.
    pub(crate) fn shared(&self, code: &str, on: Date) -> Option<&Arc<Resource>> {
        self.resources.get(code)?.iter().rev().find(|r| r.effective_from <= on)
    }

    /// The same, or the fault `exchange.unknown_resource`.
    pub fn find(&self, code: &str, on: Date) -> Result<&Resource> {
        self.get(code, on).ok_or_else(|| Fault::new(&faults::UNKNOWN_RESOURCE).with("resource", code))
    }

    /// One version of a resource.
    #[must_use]
    pub fn version(&self, code: &str, schema: u32) -> Option<&Resource> {
        self.resources.get(code)?.iter().find(|r| r.schema == schema).map(Arc::as_ref)
    }

    /// Every version of every resource, by code and version.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values().flatten().map(Arc::as_ref)
    }

    /// The resources that apply on a date, by code.
    pub fn in_force(&self, on: Date) -> impl Iterator<Item = &Resource> {
        self.resources.keys().filter_map(move |code| self.get(code, on))
    }

    /// The table shape of one version of a resource.
    #[must_use]
    pub fn shape(&self, code: &str, schema: u32) -> Option<&'static TableShape> {
        self.shapes.get(&(code.to_owned(), schema)).copied()
    }

    /// SHA-256 over every version's description, hexadecimal.
    pub fn digest(&self) -> Result<String> {
        canonical::digest(&self.iter().collect::<Vec<_>>())
    }
}
