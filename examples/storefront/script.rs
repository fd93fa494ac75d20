//! What the upstream does when. One table, read by both upstreams, so that the two runs meet the same weather.

use std::time::{Duration, Instant, SystemTime};

use Fault::{EveryThird, Fail, Hang, Throttle};

/// How an endpoint misbehaves during a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every third request is answered with 500.
    EveryThird,
    /// Every request is answered with 500.
    Fail,
    /// Every request is answered with 429 and `Retry-After: 1`.
    Throttle,
    /// The connection stays open and nothing is said, for five seconds.
    Hang,
}

struct Phase {
    name: &'static str,
    /// The end, in seconds of a script of [`LENGTH`] seconds.
    until: f64,
    /// Path prefixes that misbehave.
    faults: &'static [(&'static str, Fault)],
}

/// The length for which the table is written; `--seconds` stretches it.
const LENGTH: f64 = 20.0;

const PHASES: &[Phase] = &[
    Phase { name: "healthy", until: 2.0, faults: &[] },
    Phase { name: "errors", until: 5.0, faults: &[("/inventory", EveryThird), ("/pricing", EveryThird)] },
    Phase { name: "throttled", until: 6.0, faults: &[("/inventory", Throttle)] },
    // The token changes when this phase begins: see `token`.
    Phase { name: "new token", until: 8.0, faults: &[] },
    Phase {
        name: "hanging",
        until: 12.0,
        faults: &[("/inventory", Hang), ("/pricing", Hang), ("/warehouse/lyon", Hang)],
    },
    Phase { name: "no billing", until: 15.0, faults: &[("/billing", Fail)] },
    Phase { name: "recovered", until: LENGTH, faults: &[] },
];

/// The phase at whose start the upstream changes its token.
const NEW_TOKEN_AT: f64 = 6.0;

/// The script and the moment it began. It repeats when it is over.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    began: Instant,
    wall: SystemTime,
    length: Duration,
}

impl Script {
    /// A script that begins now and takes `length`.
    pub fn begin(length: Duration) -> Self {
        Self { began: Instant::now(), wall: SystemTime::now(), length }
    }

    /// The time since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// When `time` was, counted from the beginning.
    pub fn at(&self, time: SystemTime) -> Duration {
        time.duration_since(self.wall).unwrap_or_default()
    }

    /// How long one pass takes.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Passes through the table `ago`: 1.5 is in the middle of the second.
    fn passes(&self, ago: Duration) -> f64 {
        self.elapsed().saturating_sub(ago).as_secs_f64() / self.length.as_secs_f64()
    }

    fn phase(&self, ago: Duration) -> &'static Phase {
        let position = self.passes(ago).fract() * LENGTH;
        PHASES.iter().find(|phase| position < phase.until).unwrap_or(&PHASES[0])
    }

    /// The name of the phase that was on `ago`.
    pub fn name(&self, ago: Duration) -> &'static str {
        self.phase(ago).name
    }

    /// What is wrong with `path` now.
    pub fn fault(&self, path: &str) -> Option<Fault> {
        self.phase(Duration::ZERO).faults.iter().find(|(prefix, _)| path.starts_with(prefix)).map(|(_, fault)| *fault)
    }

    /// The token that is valid now: it changes once per pass.
    pub fn token(&self) -> u64 {
        let passes = self.passes(Duration::ZERO);
        passes as u64 + u64::from(passes.fract() * LENGTH >= NEW_TOKEN_AT)
    }

    /// How long a hanging request stays open.
    pub fn hang(&self) -> Duration {
        self.length.mul_f64(5.0 / LENGTH)
    }
}
