//! Verification of a whole data folder.
