//! What makes functions known before `main` stands where the loader of each target looks, and exactly once.
#![allow(clippy::unwrap_used, reason = "clippy lets the helpers of a test unwrap only inside the test")]

use std::process::Command;

const ELF: &str = ".init_array";
const MACH_O: &str = "__DATA,__mod_init_func,mod_init_funcs";
const PE: &str = ".CRT$XCU";

const TARGETS: &[(&str, &str)] = &[
    ("x86_64-unknown-linux-gnu", ELF),
    ("aarch64-unknown-linux-musl", ELF),
    ("aarch64-linux-android", ELF),
    ("x86_64-unknown-dragonfly", ELF),
    ("x86_64-unknown-freebsd", ELF),
    ("x86_64-unknown-haiku", ELF),
    ("x86_64-unknown-illumos", ELF),
    ("x86_64-unknown-netbsd", ELF),
    ("x86_64-pc-nto-qnx710", ELF),
    ("x86_64-unknown-openbsd", ELF),
    ("x86_64-unknown-redox", ELF),
    ("x86_64-wrs-vxworks", ELF),
    ("x86_64-unknown-fuchsia", ELF),
    ("x86_64-pc-solaris", ELF),
    ("wasm32-unknown-unknown", ELF),
    ("wasm32-wasip1", ELF),
    ("wasm32-unknown-emscripten", ELF),
    ("x86_64-apple-darwin", MACH_O),
    ("aarch64-apple-darwin", MACH_O),
    ("aarch64-apple-ios", MACH_O),
    ("aarch64-apple-tvos", MACH_O),
    ("aarch64-apple-visionos", MACH_O),
    ("x86_64-pc-windows-msvc", PE),
    ("x86_64-pc-windows-gnu", PE),
    ("aarch64-pc-windows-gnullvm", PE),
];

/// What the compiler says of a target: `windows`, `target_os="linux"`, ..
fn said_of(target: &str) -> Vec<String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).args(["--print", "cfg", "--target", target]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Whether `cfg` holds: a fact, or `not(any(fact, fact))`.
fn holds(cfg: &str, said: &[String]) -> bool {
    let is_said = |fact: &str| said.contains(&fact.trim().replace(" = ", "="));
    match cfg.strip_prefix("not(any(").and_then(|rest| rest.strip_suffix("))")) {
        Some(facts) => !facts.split(',').any(is_said),
        None => is_said(cfg),
    }
}

/// Each section in the source, and when it is taken.
fn sections() -> Vec<(&'static str, &'static str)> {
    let source = include_str!("../src/__private/enlist.rs");
    let section = |rest: &'static str| {
        rest.split_once("$crate::__private::enlist_in! { \"")?.1.split_once('"').map(|(name, _)| name)
    };
    let arms = source.split("#[cfg(").skip(1);
    arms.map(|arm| (arm.split_once(")]\n").unwrap().0, section(arm).unwrap())).collect()
}

#[test]
fn every_target_has_the_section_that_its_loader_follows() {
    let sections = sections();
    assert_eq!(sections.len(), 3, "{sections:?}");
    for (target, section) in TARGETS {
        let said = said_of(target);
        let taken: Vec<_> = sections.iter().filter(|(cfg, _)| holds(cfg, &said)).map(|(_, section)| *section).collect();
        assert_eq!(taken, [*section], "{target}");
    }
}

/// The way of this target, in this program.
#[test]
fn a_record_is_known_before_anybody_calls_it() {
    use resilience_runtime::__private as p;

    static HERE: p::Record<()> = p::Record::new("targets::here", 3 << 32 | 8, &[], &[]);
    p::enlist! { HERE }
    let known = resilience_runtime::registry().inventory();
    assert_eq!(known.iter().map(|function| function.path()).collect::<Vec<_>>(), ["targets::here"]);
}
