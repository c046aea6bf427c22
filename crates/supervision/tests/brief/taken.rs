//! The catalogue behind the report: every figure it wants exists, and computed ones are taken in as they are shown.

use super::*;

fn computed(catalogue: &Catalogue, code: &str, scaled: i128, cell: indicators::Cell) -> indicators::Figure {
    let as_of = huoshui_kernel::date::parse("2025-09-30").unwrap();
    let indicator = catalogue.get(code, as_of).unwrap();
    let value = Exact { scaled, scale: indicator.scale };
    indicators::Figure {
        code: indicator.code.clone(),
        version: indicator.version,
        name: indicator.name.clone(),
        value: Some(value),
        exact: value.fraction(),
        unit: indicator.unit,
        dims: cell,
        as_of,
        numerator: Some(scaled),
        denominator: None,
    }
}

#[test]
fn the_catalogue_has_every_figure_that_the_report_wants() {
    let catalogue = Catalogue::embedded().unwrap();
    let as_of = huoshui_kernel::date::parse("2025-09-30").unwrap();
    for want in wanted() {
        for code in &want.codes {
            let indicator = catalogue.get(code, want.date(as_of)).unwrap();
            assert!(want.dims().iter().all(|d| indicator.dimensions.contains(d)), "{code} by {:?}", want.dims());
        }
    }
    assert_eq!(wanted()[1].date(as_of).to_string(), "2024-12-31");
}

#[test]
fn computed_figures_are_taken_in_as_their_indicators_show_them() {
    let catalogue = Catalogue::embedded().unwrap();
    let name = |dim: Dim, key: &str| Words::same(format!("{}:{key}", dim.name()));
    let place = Place { city: Words::new("某市", "Some City"), regulator: Words::same("R") };
    let mut input = BriefInput::new(place, huoshui_kernel::date::parse("2025-09-30").unwrap(), "T");
    let cell = |key: Option<&str>| indicators::Cell::from([(Dim::District, key.map(Into::into))]);
    for want in wanted() {
        let figures = match (want.cut, want.codes.contains(&"srdi_loan_growth_ytd")) {
            (None, true) => vec![
                computed(&catalogue, "srdi_loan_balance", 26_206_500_000_000, indicators::Cell::new()),
                computed(&catalogue, "srdi_loan_growth_ytd", -304_400, indicators::Cell::new()),
                computed(&catalogue, "srdi_loan_coverage", 800_000, indicators::Cell::new()),
            ],
            (Some(Dim::District), _) => vec![
                computed(&catalogue, "srdi_loan_balance", 100_000_000_000, cell(Some("110108"))),
                computed(&catalogue, "srdi_loan_balance", 20_000_000_000, cell(None)),
            ],
            _ => Vec::new(),
        };
        input.put(&want, &figures, &catalogue, &name).unwrap();
    }
    let goal = targets::Target {
        code: "srdi_loan_coverage".into(),
        cell: indicators::Cell::new(),
        target: Exact::parse("0.85").unwrap(),
        direction: targets::Direction::Up,
        since: huoshui_kernel::date::parse("2024-12-31").unwrap(),
        by: huoshui_kernel::date::parse("2025-12-31").unwrap(),
    };
    let start = indicators::Figure {
        exact: Fraction::new(7, 10),
        unit: Unit::Ratio,
        ..computed(&catalogue, "srdi_loan_coverage", 700_000, indicators::Cell::new())
    };
    let now = computed(&catalogue, "srdi_loan_coverage", 800_000, indicators::Cell::new());
    let progress = targets::progress(&goal, &start, &now).unwrap();
    let indicator = catalogue.get("srdi_loan_coverage", input.as_of).unwrap();
    let target = Target::of(&goal, Some(&now), Some(&progress), indicator, input.as_of, &name);
    // From 70 % to 85 %: at 80 % two thirds of the way, and 273 of 365 days, three quarters of the time, are gone.
    assert_eq!((target.state, target.progress_ppm), (TargetState::Behind, Some(666_700)));
    input.targets = vec![target];
    for (lang, wants) in [
        (
            Lang::Zh,
            [
                "贷款余额为2,620.65亿元",
                "较年初下降30.44%",
                "不低于85.00%",
                "贷款余额（亿元）",
                "district:110108 | – | 10.00 |",
                "未知 | – | 2.00 |",
            ],
        ),
        (
            Lang::En,
            [
                "CNY 262.065 billion",
                "down 30.44% on",
                "at least 85.00%",
                "Loan balance (CNY billion)",
                "district:110108 | – | 1.000 |",
                "Unknown | – | 0.200 |",
            ],
        ),
    ] {
        let read = read(&input, lang);
        for want in wants {
            assert!(read.contains(want), "no “{want}” in\n{read}");
        }
        assert_links_hold(&brief(&input, lang));
    }
    let brief = brief(&input, Lang::Zh);
    let paths: Vec<_> = brief.loans.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "loans/srdi_loan_balance.csv",
            "loans/srdi_loan_growth_ytd.csv",
            "loans/srdi_loan_coverage.csv",
            "loans/srdi_loan_balance.district.110108.csv",
            "loans/srdi_loan_balance.district.~.csv",
        ]
    );
    assert!(brief.markdown.contains("`srdi_loan_balance(as_of) / srdi_loan_balance(year_start) - 1`"));
    assert!(brief.markdown.contains("分子 26,206,500,000,000"));
}
