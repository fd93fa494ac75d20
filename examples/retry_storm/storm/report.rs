//! The tables: ours beside what is expected.

use std::fmt::Write;

use super::amplification::{self, PROBABILITIES};
use super::collapse::{self, BEGIN, Curve, PLANS};
use super::contention::{self, BACKOFFS};
use super::plot;

/// Lengths of the two overloads, in seconds.
const SPIKE: usize = 5;
const OVERLOAD: usize = 40;

/// Everything that a seed leads to.
#[derive(PartialEq)]
pub struct Report {
    pub text: String,
    pub svg: String,
}

/// All three setups, as means over so many runs of each; of amplification one run, six seconds for each.
pub fn report(seed: u64, runs: u32) -> Report {
    let mut text = String::new();
    let svg = collapse(&mut text, seed, runs);
    amplification(&mut text, seed, 6 * u64::from(runs));
    contention(&mut text, seed, runs);
    Report { text, svg }
}

fn collapse(text: &mut String, seed: u64, runs: u32) -> String {
    // Expected goodput in the three windows, where the prototype of the setup had the same plan.
    let expected = [
        (
            SPIKE,
            [
                "",
                "7.6 / 8.3 / 8.2",
                "44.4 / 40.6 / 40.3",
                "41.5 / 40.8 / 39.6",
                "38.7 / 40.3 / 40.0",
                "40.8 / 40.3 / 39.7",
            ],
        ),
        (OVERLOAD, ["", "0 / 0 / 0", "0 / 0 / 0", "0 / 25.6 / 39.2", "18.9 / 19.4 / 39.8", "24.0 / 44.4 / 40.4"]),
    ];
    let mut panels = Vec::new();
    for (length, expected) in expected {
        let end = BEGIN + length;
        line(
            text,
            format_args!("Collapse: 40 calls/s, {length} s of 80 calls/s; good answers per second, {runs} runs"),
        );
        line(
            text,
            format_args!(
                "{:18}{:>9}{:>8}{:>8}{:>8}{:>12}{:>18}   expected",
                "", "overload", "40-60", "60-79", "79-119", "back after", "requests/s 60-79"
            ),
        );
        let mut curves: Vec<Curve> = Vec::new();
        for (plan, expected) in PLANS.iter().zip(expected) {
            let curve = collapse::run(plan, length, runs, seed);
            let back = curve.back_after(end).map_or("never".to_owned(), |seconds| format!("{seconds} s"));
            let requests = curve.requests[60..79].iter().sum::<f64>() / 19.0;
            let [during, first, second, third] =
                [(BEGIN, end), (40, 60), (60, 79), (79, 119)].map(|(a, b)| curve.between(a, b));
            line(
                text,
                format_args!(
                    "{:18}{during:9.1}{first:8.1}{second:8.1}{third:8.1}{back:>12}{requests:18.1}   {expected}",
                    plan.name
                ),
            );
            curves.push(curve);
        }
        line(text, format_args!(""));
        panels.push((length, curves));
    }
    plot::draw(&panels)
}

fn amplification(text: &mut String, seed: u64, seconds: u64) {
    line(text, format_args!("Amplification: success / load in % of the calls, 100 clients, {seconds} s"));
    line(text, format_args!("{:>6}{:>18}{:>18}{:>26}", "p", "3 retries", "expected", "shared 20 % budget (<122)"));
    for p in PROBABILITIES {
        let [ours, budgeted] = [false, true].map(|budgeted| amplification::run(p, budgeted, seconds, seed));
        let expected = amplification::expected(p);
        let cell = |it: &amplification::Outcome| format!("{:.1} / {:.1}", it.success, it.load);
        line(text, format_args!("{p:>6}{:>18}{:>18}{:>26}", cell(&ours), cell(&expected), cell(&budgeted)));
    }
    line(text, format_args!(""));
}

fn contention(text: &mut String, seed: u64, runs: u32) {
    let runs = runs * 10;
    line(text, format_args!("Contention: writes until 100 clients have changed one row, {runs} runs"));
    line(text, format_args!("{:18}{:>9}{:>10}{:>10}{:>9}", "", "writes", "expected", "off by", "time"));
    for backoff in &BACKOFFS {
        let ours = contention::run(backoff, runs, seed);
        let off = 100.0 * (ours.writes / backoff.expected - 1.0);
        let (name, expected) = (backoff.name, backoff.expected);
        line(text, format_args!("{name:18}{:9.1}{expected:10}{off:+9.1}%{:7.1} s", ours.writes, ours.seconds));
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes everything");
}
