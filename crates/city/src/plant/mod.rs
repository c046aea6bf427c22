//! Filing errors, planted on purpose.
use huoshui_kernel::fault::Result;

use crate::Options;
use crate::output::Shelf;

pub(crate) fn plant(_shelf: &Shelf<'_>, _options: &Options, _progress: &dyn Fn(&str, u64, u64)) -> Result<u64> {
    Ok(0)
}
