//! Faults of the exchange.
