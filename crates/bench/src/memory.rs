//! How much memory this process has held.

/// The peak so far, or since [`restart`], in gigabytes (10⁹ bytes); None where the system does not say.
#[must_use]
pub fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e9)
}

/// Lets the peak begin anew at what is held now, so that one benchmark does not answer for those before it. Where the
/// system cannot, the peak stays what it was, which is never too little.
pub fn restart() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Processor time of this process until now, seconds, where the system tells: what other programs do hardly moves it.
pub fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets, which may hold anything: the 12th and 13th are user and system time, in hundredths.
    let (_, rest) = text.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(11).take(2).map(|t| t.parse::<u32>().ok());
    Some(f64::from(times.next()?? + times.next()??) / 100.0)
}
