//! The pages of the exchange: what departments publish, and what for it may be asked for.

use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::docs;
use huoshui_exchange::purpose::Purposes;

use crate::hold;

#[test]
fn resources_and_purposes() {
    let catalogue = Catalogue::embedded().unwrap();
    let purposes = Purposes::embedded(&catalogue).unwrap();
    let department = |code: &str| {
        let (zh, en) = huoshui_city::department_names(code)?;
        Some((zh.to_owned(), en.to_owned()))
    };
    hold("docs/resources.md", &docs::resources(&catalogue, &purposes, &department));
    hold("docs/purposes.md", &docs::purposes(&purposes));
}
