//! Who is who: enterprises, the list library with its tiers and terms, institutions, departments; reference tables as dated data.

pub mod shapes;
