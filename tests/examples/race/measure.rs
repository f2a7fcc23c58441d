//! Timing whole processes.

use std::fmt;
use std::io;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use wait4::Wait4 as _;

/// What one run of a process took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// On all processors.
    pub(crate) cpu: Duration,
    /// The most memory it held, in bytes.
    pub(crate) memory: u64,
}

/// A process that was started and is being timed.
pub(crate) struct Running {
    began: Instant,
    pub(crate) child: Child,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        Ok(Self { began: Instant::now(), child: command.spawn()? })
    }

    pub(crate) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits for its end; anything but success is an error.
    pub(crate) fn end(self) -> Result<Taken> {
        let used = self.child.wait4()?;
        let wall = self.began.elapsed();
        ensure!(used.status.success(), "a process ended with {}", used.status);
        Ok(Taken { wall, cpu: used.rusage.utime + used.rusage.stime, memory: used.rusage.maxrss })
    }
}

/// The median of some durations.
pub(crate) fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// The medians of several runs.
pub(crate) fn medians(runs: &[Taken]) -> Taken {
    Taken {
        wall: median(runs.iter().map(|run| run.wall).collect()),
        cpu: median(runs.iter().map(|run| run.cpu).collect()),
        memory: runs.iter().map(|run| run.memory).max().unwrap_or_default(),
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, cpu) = (self.wall.as_secs_f64(), self.cpu.as_secs_f64());
        write!(f, "{wall:.2} s, {cpu:.2} s CPU, {} MB", self.memory >> 20)
    }
}
