//! The relations that credit features read, against what departments publish: one name, one type, one cycle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_app::policies::Set;
use huoshui_credit::relations::{Absent, Authority, ColumnKind};
use huoshui_credit::rules::Policies;
use huoshui_exchange::catalogue::{self, FieldKind, Sensitivity};
use huoshui_kernel::Date;

const DAY: Date = Date::constant(2025, 10, 10);

#[test]
fn every_relation_of_a_department_is_a_resource_of_the_catalogue() {
    let (resources, _) = Set::shipped().exchange().unwrap();
    let policies = Set::shipped().credit().unwrap();
    let mut seen = 0;
    for relation in policies.relations.iter().filter(|r| r.authority == Authority::Department) {
        let code = relation.resource.as_str();
        let resource = resources.find(code, DAY).unwrap();
        let word = |value: &dyn erased::Word| value.word();
        assert_eq!(word(&relation.cycle), word(&resource.cycle), "{code}: cycle");
        assert_eq!(relation.lag_days, resource.lag_days, "{code}: lag");
        let kept = resource.period.as_ref().map(|_| resource.retention_months);
        assert_eq!(relation.kept_months, kept, "{code}: kept_months");
        let by_period = resource.period.as_deref() == Some("period");
        assert_eq!(relation.columns.iter().any(|c| c.name == "period"), by_period, "{code}: rows of periods");
        let nothing = resource.absent == catalogue::Absent::Nothing;
        assert_eq!(relation.absent == Absent::Nothing, nothing, "{code}: absent");
        for column in &relation.columns {
            let field = resource.field(&column.name).unwrap_or_else(|| panic!("{code} has no {}", column.name));
            let kind = match field.kind {
                FieldKind::Text | FieldKind::Uscc => ColumnKind::Text,
                FieldKind::Code => ColumnKind::Code,
                FieldKind::Int => ColumnKind::Int,
                FieldKind::Money => ColumnKind::Money,
                FieldKind::Rate => ColumnKind::Rate,
                FieldKind::Date => ColumnKind::Date,
                FieldKind::Flag => ColumnKind::Flag,
            };
            assert_eq!(column.kind, kind, "{code}.{}", column.name);
            assert_eq!(column.optional, !field.required, "{code}.{}: optional", column.name);
            assert_ne!(field.sensitivity, Sensitivity::Personal, "{code}.{}", column.name);
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn what_is_published_at_first_is_what_ships() {
    assert_eq!(Set::shipped().credit().unwrap(), Policies::embedded().unwrap());
}

/// Enumerations of two crates compare by their names in files.
mod erased {
    pub trait Word {
        fn word(&self) -> String;
    }
    impl<T: serde::Serialize> Word for T {
        fn word(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}
