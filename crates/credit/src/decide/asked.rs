//! What an application may say at all, before anything is computed or pulled for it.

use huoshui_kernel::Ppm;
use huoshui_kernel::fault::{Fault, Result};

use super::Request;
use crate::faults;

/// The highest loan prime rate that is believed, ppm: 20 %. Since there is one it has stood between 3 % and 6 %; beyond this it is
/// a slip of the pen.
const LPR_MOST: i64 = 200_000;

impl Request {
    /// That the loan prime rate can be one. Asked at every entrance and never by a replay, which makes again what was decided.
    ///
    /// # Errors
    /// `credit.lpr`.
    pub fn check(&self) -> Result<()> {
        if (0..=LPR_MOST).contains(&self.lpr_ppm) {
            return Ok(());
        }
        let fault =
            Fault::new(&faults::LPR).with("rate", Ppm(self.lpr_ppm).percent(4)).with("most", Ppm(LPR_MOST).percent(0));
        Err(fault.field("request.lpr_ppm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prime_rate_stands_between_nothing_and_twenty_per_cent() {
        let of = |lpr_ppm| {
            let (product, purpose) = ("instant_loan".to_owned(), "working_capital".to_owned());
            Request { product, amount_fen: 1, months: 12, purpose, lpr_ppm }.check()
        };
        for fits in [0, 30_000, 200_000] {
            assert!(of(fits).is_ok(), "{fits}");
        }
        // −5 %, 900 %, 300 % where 3 % was meant, and one millionth beyond either end.
        for (wrong, said) in [
            (-50_000, "-5.0000%"),
            (9_000_000, "900.0000%"),
            (3_000_000, "300.0000%"),
            (-1, "-0.0001%"),
            (200_001, "20.0001%"),
        ] {
            let fault = of(wrong).expect_err("a prime rate that is none");
            assert_eq!((fault.code(), fault.field_name()), ("credit.lpr", Some("request.lpr_ppm")));
            for lang in [huoshui_kernel::Lang::Zh, huoshui_kernel::Lang::En] {
                assert!(fault.message(lang).contains(said), "{}", fault.message(lang));
                assert!(fault.hint(lang).contains("30000") && fault.hint(lang).contains("20%"), "{}", fault.hint(lang));
            }
        }
    }
}
