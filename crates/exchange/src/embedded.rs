//! The policies that ship with the program, as (file, text). A folder of the same files can be loaded in their place.

macro_rules! texts {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../../policies/", $folder, "/", $file)))),+]
    };
}

/// Departments' resources, a file each.
pub const RESOURCES: &[(&str, &str)] = texts!("resources":
    "czj.toml", "fgw.toml", "fy.toml", "gaj.toml", "ghzrw.toml", "gjj.toml", "hg.toml", "jxj.toml", "kw.toml",
    "rsj.toml", "scjgj.toml", "sthjj.toml", "swj.toml", "swj2.toml", "ybj.toml", "zjw.toml", "zscqj.toml", "zwj.toml");

/// Purposes.
pub const PURPOSES: &[(&str, &str)] = texts!("purposes":
    "lending.toml", "products.toml", "outreach.toml", "insurance.toml", "guarantee.toml", "equity.toml", "verification.toml",
    "derived.toml", "personal.toml");
