//! One page for each table that comes in as a file.

use huoshui_kernel::shape::TableShape;
use huoshui_registry::shapes as registry;
use huoshui_supervision::filings;

use crate::hold;

fn shapes() -> [&'static TableShape; 9] {
    [
        &registry::INSTITUTIONS,
        &registry::DEPARTMENTS,
        &registry::ENTERPRISES,
        &registry::ROSTER,
        &filings::NOTES,
        &filings::DISBURSEMENTS,
        &filings::RELATIONSHIPS,
        &filings::EXPLANATIONS,
        &filings::TARGETS,
    ]
}

#[test]
fn the_format_pages() {
    for shape in shapes() {
        hold(&format!("docs/formats/{}.md", shape.name), &huoshui_formats::docs::markdown(shape));
    }
}

/// The overview of the formats names every table, and the samples show every table that the import must have.
#[test]
fn every_table_is_on_the_overview() {
    let overview = std::fs::read_to_string(crate::root().join("docs/formats/README.md")).unwrap();
    for shape in shapes() {
        assert!(
            overview.contains(&format!("({}.md)", shape.name)),
            "docs/formats/README.md does not link {}",
            shape.name
        );
    }
}
