//! Institutions, departments, enterprises, and the list.

use std::path::Path;

use huoshui_kernel::fault::Result;
use huoshui_registry::shapes;

use super::table::{Cell, Format, Rows};
use crate::calendar::{SNAPS, Snap, iso};
use crate::firms::Firm;
use crate::institutions::{DEPARTMENTS, Institution};
use crate::targets::Goal;
use crate::{Formats, World};

/// Writes the registry's files; gives the rows of enterprises and of lists.
pub(crate) fn write(
    world: &World<'_>,
    firms: &[Firm],
    institutions: &[Institution],
    out: &Path,
    formats: Formats,
    step: &dyn Fn(),
) -> Result<(u64, u64)> {
    institution_rows(institutions)?.write(out, "institutions", Format::Csv)?;
    department_rows()?.write(out, "departments", Format::Csv)?;
    if !world.targets.goals.is_empty() {
        goal_rows(&world.targets.goals)?.write(out, "targets", Format::Csv)?;
    }
    step();
    // By code, not by how they were made: files do not tell who was on the list first.
    let mut order: Vec<&Firm> = firms.iter().collect();
    order.sort_by_key(|firm| firm.uscc);
    let (mut enterprises, mut roster) = (0, 0);
    for snap in SNAPS {
        let date = iso(*world.dates.at(snap));
        enterprises += enterprise_rows(world, &order, snap)?.write(out, &format!("enterprises.{date}"), Format::Csv)?;
        step();
        let format = if formats == Formats::Mixed && snap != Snap::YearStart { Format::Xlsx } else { Format::Csv };
        roster += roster_rows(world, &order, snap)?.write(out, &format!("roster.{date}"), format)?;
        step();
    }
    Ok((enterprises, roster))
}

fn institution_rows(institutions: &[Institution]) -> Result<Rows> {
    let mut rows = Rows::new(&shapes::INSTITUTIONS);
    for i in institutions {
        rows.push(&[
            Cell::Text(&i.code),
            Cell::Text(&i.name_zh),
            Cell::Text(&i.name_en),
            Cell::Text(&i.kind),
            Cell::Text(i.funding),
            Cell::Flag(i.lends),
        ])?;
    }
    Ok(rows)
}

fn department_rows() -> Result<Rows> {
    let mut rows = Rows::new(&shapes::DEPARTMENTS);
    for (code, zh, en) in DEPARTMENTS {
        rows.push(&[
            Cell::Text(code),
            Cell::Text(&format!("北京市{zh}")),
            Cell::Text(&format!("Beijing Municipal {en}")),
        ])?;
    }
    Ok(rows)
}

fn goal_rows(goals: &[Goal]) -> Result<Rows> {
    let mut rows = Rows::new(&huoshui_supervision::filings::TARGETS);
    for goal in goals {
        let (since, by) = goal.days()?;
        rows.push(&[
            Cell::Text(&goal.code),
            Cell::text((!goal.cell.is_empty()).then_some(goal.cell.as_str())),
            Cell::Text(&goal.target),
            Cell::Text(&goal.direction),
            Cell::Day(since),
            Cell::Day(by),
        ])?;
    }
    Ok(rows)
}

fn enterprise_rows(world: &World<'_>, firms: &[&Firm], snap: Snap) -> Result<Rows> {
    let mut rows = Rows::new(&shapes::ENTERPRISES);
    let targets = world.targets;
    for firm in firms.iter().filter(|f| f.reported(snap)) {
        let renamed = firm.renamed.as_ref().is_some_and(|(since, _)| *since <= snap);
        let inputs = firm.inputs.at(snap);
        rows.push(&[
            Cell::Text(firm.uscc.as_str()),
            Cell::Text(firm.name_at(snap)),
            Cell::text(renamed.then_some(firm.name.as_str())),
            Cell::text(targets.districts.get(firm.district_at(snap)).map(|d| d.code.as_str())),
            Cell::text(targets.industries.get(firm.industry).map(|i| i.code.as_str())),
            Cell::Int(inputs.employees),
            Cell::Int(inputs.revenue),
            Cell::Int(inputs.assets),
            Cell::Day(firm.founded),
            Cell::Int(firm.capital),
        ])?;
    }
    Ok(rows)
}

fn roster_rows(world: &World<'_>, firms: &[&Firm], snap: Snap) -> Result<Rows> {
    let mut rows = Rows::new(&shapes::ROSTER);
    let day = *world.dates.at(snap);
    for firm in firms {
        for c in firm.certificates.iter().filter(|c| c.valid_on(day)) {
            rows.push(&[
                Cell::Text(firm.uscc.as_str()),
                Cell::Text(firm.name_at(snap)),
                Cell::text(world.targets.districts.get(firm.district_at(snap)).map(|d| d.name.as_str())),
                Cell::Text(c.tier),
                Cell::Text(&c.number),
                Cell::Day(c.from),
                Cell::Day(c.to),
                Cell::Text(&c.batch),
            ])?;
        }
    }
    Ok(rows)
}
