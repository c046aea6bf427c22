//! The departments' files of the benchmark: four resources, 28 rows a firm, and the purpose that allows them.

use std::path::Path;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Uscc, date};

use crate::faults::failed;

/// A purpose that lets a consent be pulled often enough for a benchmark.
pub const PURPOSE: &str = r#"
[[purpose]]
code = "bench"
version = 1
effective_from = "2023-01-01"
zh = "基准测试"
en = "Benchmark"
text_zh = "基准测试。"
text_en = "A benchmark."
recipients = ["bank"]
mode = "values"
max_days = 30
max_lookback_months = 38
max_retention_days = 31
max_frequency = { count = 100, days = 1 }
stale_days = 0
allowed = [
  { resource = "tax_grade", fields = ["period", "grade"] },
  { resource = "social_security", fields = ["period", "headcount", "payable", "paid"] },
  { resource = "electricity_use", fields = ["period", "kwh", "charge", "overdue"] },
  { resource = "high_tech", fields = ["certificate_no", "valid_from", "valid_to"] },
]
"#;

/// What a consent of the benchmark covers, as a bank's review would: four resources, 28 rows a firm.
pub const RESOURCES: [&str; 4] = ["tax_grade", "social_security", "electricity_use", "high_tech"];

/// The firm of this number.
pub fn firm(n: usize) -> Result<Uscc> {
    Uscc::compose("91", "110108", &format!("MA{n:06}"))
}

/// Writes the files of so many firms.
pub fn files(folder: &Path, firms: usize, today: Date) -> Result<()> {
    let (as_of, yesterday) = (date::prior_year_end(today), today.yesterday().map_err(failed)?);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).map_err(failed);
    write(
        "institutions.csv",
        "code,name_zh,name_en,kind,funding,files_loans\nB1,甲银行,Bank One,city_bank,chinese,Y\n".into(),
    )?;
    let departments = "swj,税务局,Tax\nrsj,人社局,Social Security\nfgw,发改委,Reform\nkw,科委,Science\n";
    write("departments.csv", format!("code,name_zh,name_en\n{departments}"))?;
    let mut enterprises =
        "uscc,name,former_name,district,industry,employees,revenue,assets,founded_on,capital\n".to_owned();
    let mut grades = "uscc,period,grade\n".to_owned();
    let mut insured = "uscc,period,headcount,payable,paid,new_insured\n".to_owned();
    let mut electricity = "uscc,period,kwh,charge,overdue\n".to_owned();
    let mut high_tech = "uscc,certificate_no,valid_from,valid_to\n".to_owned();
    let months: Vec<Date> = (1..=12).filter_map(|m| Some(date::add_months(today, -m)?.last_of_month())).collect();
    for n in 0..firms {
        let uscc = firm(n)?;
        enterprises.push_str(&format!("{uscc},企业{n}有限公司,,110108,C3562,50,1000.00,2000.00,2015-01-01,500.00\n"));
        for year in [2023, 2024, 2025] {
            grades.push_str(&format!("{uscc},{year}-12-31,A\n"));
        }
        for month in &months {
            insured.push_str(&format!("{uscc},{month},50,61000.00,61000.00,1\n"));
            electricity.push_str(&format!("{uscc},{month},12000,9600.00,N\n"));
        }
        high_tech.push_str(&format!("{uscc},GR{n:010},2024-11-01,2027-10-31\n"));
    }
    write(&format!("enterprises.{as_of}.csv"), enterprises)?;
    for (resource, text) in RESOURCES.into_iter().zip([grades, insured, electricity, high_tech]) {
        write(&format!("{resource}.{yesterday}.whole.csv"), text)?;
    }
    Ok(())
}
