//! What the kernel says about a process (Linux; elsewhere nothing is known).

use std::time::Duration;

/// Resources of one process at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory, bytes.
    pub resident_bytes: u64,
    /// Processor time since its start, user and system.
    pub cpu: Duration,
    /// Threads.
    pub threads: u64,
}

/// Usage of this process.
#[must_use]
pub fn usage() -> Option<Usage> {
    read("self")
}

/// Usage of another process of the same machine.
#[must_use]
pub fn usage_of(pid: u32) -> Option<Usage> {
    read(&pid.to_string())
}

/// Open file descriptors of this process.
#[must_use]
pub fn open_files() -> Option<u64> {
    let count = std::fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(count).ok()
}

fn read(who: &str) -> Option<Usage> {
    let status = std::fs::read_to_string(format!("/proc/{who}/status")).ok()?;
    let field = |name: &str| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    let stat = std::fs::read_to_string(format!("/proc/{who}/stat")).ok()?;
    Some(Usage {
        resident_bytes: field("VmRSS:")?.saturating_mul(1024),
        cpu: cpu(&stat)?,
        threads: field("Threads:")?,
    })
}

/// User and system time of `/proc/PID/stat`, in ticks of 1/100 s on every Linux that we run on. The name
/// of the program, in brackets, may hold blanks: fields are counted after its end.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(user.saturating_add(system).saturating_mul(10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_after_the_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 8 0 100 1000 200";
        assert_eq!(cpu(stat), Some(Duration::from_secs(3)));
        assert_eq!(cpu("42 (x) S 1"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_known() {
        let now = usage().unwrap();
        assert!(now.resident_bytes > 100_000 && now.threads >= 1, "{now:?}");
        assert_eq!(usage_of(u32::MAX), None);
        assert!(open_files().unwrap() > 2);
    }
}
