//! Every recipe of `docs/recipes.md` is a part of a program here, word for word, and every program runs and ends well.

use std::path::Path;
use std::process::{Command, Stdio};

const PAGE: &str = include_str!("../../../docs/recipes.md");

/// What is between these two lines of a program is on the page.
const ANCHORS: [&str; 2] = ["// [recipe]\n", "// [/recipe]\n"];

/// Each program on the page, with its block.
fn recipes() -> Vec<(&'static str, &'static str)> {
    let sections = PAGE.split("(../examples/recipes/src/bin/").skip(1);
    let recipe = |section: &'static str| {
        let (name, rest) = section.split_once(".rs)\n\n```rust\n").expect("the block follows the name of its program");
        (name, rest.split_once("```").expect("the block ends").0)
    };
    sections.map(recipe).collect()
}

fn programs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let files = folder.read_dir().expect("there is a folder").map(|file| file.expect("it can be read").path());
    files.map(|file| file.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

fn source(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin").join(name).with_extension("rs");
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn the_page_shows_the_programs_as_they_are() {
    for (name, shown) in recipes() {
        let source = source(name);
        let [begin, end] = ANCHORS;
        let part = source.split_once(begin).and_then(|(_, rest)| rest.split_once(end));
        let (part, _) = part.unwrap_or_else(|| panic!("{name}.rs has no part for the page"));
        assert_eq!(part, shown, "docs/recipes.md and {name}.rs differ");
    }
}

#[test]
fn the_page_has_every_program_once() {
    let (mut shown, mut programs): (Vec<_>, Vec<_>) =
        (recipes().into_iter().map(|(name, _)| name).collect(), programs());
    shown.sort_unstable();
    programs.sort_unstable();
    assert_eq!(shown, programs);
}

#[test]
fn every_program_runs_and_ends_well() {
    let me = std::env::current_exe().expect("a test has a file");
    let folder = me.ancestors().nth(2).expect("it lies below the programs");
    for name in programs() {
        let program = folder.join(&name).with_extension(std::env::consts::EXE_EXTENSION);
        let output = Command::new(program).stdin(Stdio::null()).output().expect("it was built beside the test");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name} failed:\n{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(!text.is_empty(), "{name} says nothing");
    }
}
