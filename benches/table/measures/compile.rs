//! What the compiler pays: crates written for the purpose, checked with the workspace's own versions.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use benches::fact;

use super::Facts;

const FUNCTIONS: usize = 300;
const REPEATS: usize = 3;

/// A package beside the benchmark's own files in the target directory.
struct Package {
    folder: PathBuf,
}

impl Package {
    fn new(home: &Path, name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let root = home.parent().unwrap();
        // The workspace's lock: the same versions, and nothing from the network.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             resilience-rs = {{ path = {root:?} }}\ntracing = {{ version = \"0.1\", features = [\"attributes\"] }}\n\n\
             [workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        Self { folder }
    }

    /// `cargo check` of `source`: whether it compiles, and the seconds it took.
    fn check(&self, source: &str) -> (bool, f64) {
        fs::write(self.folder.join("src/lib.rs"), source).unwrap();
        let start = Instant::now();
        let output = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--offline", "--target-dir", "../check-target"])
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS")
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let took = start.elapsed().as_secs_f64();
        if !output.status.success() && !String::from_utf8_lossy(&output.stderr).contains("overflow") {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
        (output.status.success(), took)
    }
}

/// Where the functions of a chain stand in their file. It matters: the compiler looks at functions in the order of the
/// file, and what it has found out about a callee it does not ask again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    CalleeFirst,
    CallerFirst,
}

/// `depth` functions, each calling the next, and a future that must be `Send`.
fn nested(depth: usize, attributes: &str, order: Order) -> String {
    let mut functions: Vec<String> = (0..depth)
        .map(|at| {
            let body = if at + 1 == depth { "Ok(1)".to_owned() } else { format!("f{}().await", at + 1) };
            let attributes = attributes.replace("NAME", &format!("\"n{at}\""));
            format!("{attributes}\npub async fn f{at}() -> Result<u32, resilience::Error> {{ {body} }}\n")
        })
        .collect();
    if order == Order::CalleeFirst {
        functions.reverse();
    }
    format!(
        "#![allow(unused_imports)]\nuse resilience::{{circuit_breaker, fallback, retry, timeout}};\n\
         pub fn send<T: Send>(_: T) {{}}\npub fn outermost() {{ send(f0()) }}\n{}",
        functions.concat()
    )
}

const INSTRUMENT: &str = "#[tracing::instrument]";
const STACK: &str = "#[fallback(value = 0)]\n#[retry]\n#[circuit_breaker(name = NAME)]\n#[timeout(\"2s\")]";

/// The deepest chain of functions that compiles with the default recursion limit; `None` beyond 64.
fn deepest(package: &Package, attributes: &str, order: Order) -> Option<usize> {
    let compiles = |depth: usize| package.check(&nested(depth, attributes, order)).0;
    let (mut good, mut bad) = (1, 2);
    while bad <= 64 && compiles(bad) {
        (good, bad) = (bad, bad * 2);
    }
    while bad - good > 1 && bad <= 64 {
        let middle = usize::midpoint(good, bad);
        if compiles(middle) { good = middle } else { bad = middle }
    }
    (bad <= 64).then_some(good)
}

/// Two limits of the compiler. With the callee first it is the proof of `Send` that overflows, in `cargo check`. A build,
/// and a check that meets the caller first, comes before that to the query for the layout of a future, in which each
/// coroutine takes four levels of 130, and a function whose body is a future of its own has two: who nests that far writes
/// `#![recursion_limit = "256"]`.
pub(super) fn depth(home: &Path) -> Facts {
    let package = Package::new(home, "nesting");
    let measure = |order| [STACK, INSTRUMENT, ""].map(|attributes| deepest(&package, attributes, order));
    let show = |depth: Option<usize>| depth.map_or("more than 64".to_owned(), |depth| depth.to_string());
    let found = |[ours, instrument, plain]: [Option<usize>; 3]| {
        format!("{}; instrument {}; none {}", show(ours), show(instrument), show(plain))
    };
    let (send, layout) = (measure(Order::CalleeFirst), measure(Order::CallerFirst));
    let enough = send[0].is_none_or(|depth| depth >= 20);
    let what = "functions with a full stack, each calling the next, before `Send` overflows";
    let other = "the same before the compiler's query for layouts overflows, which a build meets first";
    vec![fact(what, &found(send), "≥ 20", Some(enough)), fact(other, &found(layout), "–", None)]
}

fn functions(attributes: &str) -> String {
    let mut source = String::from("#![allow(dead_code, unused_imports)]\n");
    for module in 0..FUNCTIONS / 20 {
        let _ = writeln!(source, "pub mod m{module} {{ use resilience::{{circuit_breaker, fallback, retry, timeout}};");
        for at in 0..20 {
            let attributes = attributes.replace("NAME", &format!("\"m{module}f{at}\""));
            let _ = writeln!(
                source,
                "{attributes}\npub async fn f{at}(id: u32) -> Result<u32, resilience::Error> {{\n\
                 let text = id.to_string();\nOk(text.len() as u32)\n}}"
            );
        }
        source.push_str("}\n");
    }
    source
}

/// `cargo check` of many functions, with our attributes, with `#[tracing::instrument]`, and with none.
pub(super) fn time(home: &Path) -> Facts {
    let package = Package::new(home, "functions");
    let attributes = ["", INSTRUMENT, STACK];
    let sources = attributes.map(functions);
    assert!(package.check(&sources[0]).0, "the dependencies are checked once, outside of the measurement");
    let mut seconds = [const { Vec::new() }; 3];
    for _ in 0..REPEATS {
        for (at, source) in sources.iter().enumerate() {
            let (compiles, took) = package.check(source);
            assert!(compiles, "the functions with `{}` compile", attributes[at]);
            seconds[at].push(took);
        }
    }
    let [plain, instrument, ours] = seconds.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    });
    let ratio = ours / instrument;
    let found = format!("{ours:.2} s; instrument {instrument:.2} s; none {plain:.2} s: {ratio:.2} × instrument");
    vec![fact("`cargo check` of 300 functions with four attributes", &found, "≤ 1.5 × instrument", Some(ratio <= 1.5))]
}
