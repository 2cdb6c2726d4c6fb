//! How much memory this process has in use.

use std::fs;
use std::io;

/// Resident memory in bytes, as Linux counts it.
pub(crate) fn resident() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(|| io::Error::other("no `VmRSS` in /proc/self/status"))
}

/// The bytes in mebibytes, for people.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
