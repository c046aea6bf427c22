//! Tests of the code base itself. There is nothing to call: see `tests/`.
