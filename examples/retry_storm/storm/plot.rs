//! Goodput over time as a picture: one panel for each overload, one line for each plan.
//!
//! On a card of its own colour, so that it can be read on a light page and on a dark one.

use std::fmt::Write;

use super::collapse::{BASE_LOAD, BEGIN, Curve, OVERLOAD, PLANS, SECONDS};

const WIDTH: f64 = 800.0;
const TOP: f64 = 62.0;
/// Where the axes are.
const LEFT: f64 = 62.0;
const LONG: f64 = 500.0;
const HIGH: f64 = 190.0;
/// From one panel to the next.
const STEP: f64 = HIGH + 76.0;
/// Where the names of the lines are.
const NAMES: f64 = LEFT + LONG + 22.0;
const HIGHEST: f64 = 65.0;

/// Told apart by those who see no red or no green, too.
const COLOURS: [&str; 6] = ["#7a7a7a", "#c8391b", "#e69f00", "#0072b2", "#b35fa0", "#00875f"];
/// Where two lines lie on each other, gaps show the lower one.
const DASHES: [&str; 6] = ["none", "none", "7 6", "none", "none", "none"];

const STYLE: &str = "text{font:13px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}\
    .small{font-size:12px;fill:#555}.grid{stroke:#e2e2e2}.load{stroke:#222;stroke-dasharray:2 4}\
    .over{fill:#f6e7d2}.line{fill:none;stroke-linejoin:round}";

pub(super) fn draw(panels: &[(usize, Vec<Curve>)]) -> String {
    let height = TOP + panels.len() as f64 * STEP - 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\">\n<title>Goodput around an overload, by what the clients do</title>\n\
         <style>{STYLE}</style>\n"
    );
    add(
        &mut svg,
        format_args!(
            "<rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#fff\" stroke=\"#d0d0d0\"/>",
            WIDTH - 1.0,
            height - 1.0
        ),
    );
    text(&mut svg, "title", (LEFT, 28.0), "start", "Good answers per second around an overload");
    let dotted = format!("dotted: the base load, {BASE_LOAD} calls/s");
    text(&mut svg, "small", (WIDTH - 16.0, 28.0), "end", &dotted);
    for (index, (length, curves)) in panels.iter().enumerate() {
        panel(&mut svg, TOP + index as f64 * STEP, *length, curves);
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, top: f64, length: usize, curves: &[Curve]) {
    let x = |second: f64| LEFT + LONG * second / SECONDS as f64;
    let y = |rate: f64| top + HIGH * (1.0 - rate / HIGHEST);
    let (begin, end) = (x(BEGIN as f64), x((BEGIN + length) as f64));
    let wide = end - begin;
    add(svg, format_args!("<rect class=\"over\" x=\"{begin:.1}\" y=\"{top}\" width=\"{wide:.1}\" height=\"{HIGH}\"/>"));
    text(svg, "small", (begin, top - 6.0), "start", &format!("{length} s at {OVERLOAD} calls/s"));
    for rate in (0..=60).step_by(20) {
        let at = y(f64::from(rate));
        add(svg, format_args!("<path class=\"grid\" d=\"M{LEFT} {at:.1}h{LONG}\"/>"));
        text(svg, "small", (LEFT - 8.0, at + 4.0), "end", &rate.to_string());
    }
    for second in (0..=SECONDS).step_by(20) {
        text(svg, "small", (x(second as f64), top + HIGH + 17.0), "middle", &second.to_string());
    }
    text(svg, "small", (LEFT + LONG / 2.0, top + HIGH + 34.0), "middle", "time in seconds");
    let middle = top + HIGH / 2.0;
    add(
        svg,
        format_args!(
            "<text class=\"small\" text-anchor=\"middle\" transform=\"translate(22 {middle}) rotate(-90)\">\
             good answers/s</text>"
        ),
    );
    let load = y(BASE_LOAD);
    add(svg, format_args!("<path class=\"load\" d=\"M{LEFT} {load:.1}h{LONG}\"/>"));
    lines(svg, curves, x, y);
    names(svg, top, BEGIN + length, curves);
}

fn lines(svg: &mut String, curves: &[Curve], x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) {
    for (index, curve) in curves.iter().enumerate() {
        // Means of two seconds: less noise, and no edge is moved by more than one.
        let points: Vec<String> = (0..SECONDS - 1)
            .step_by(2)
            .map(|at| format!("{:.1},{:.1}", x(at as f64 + 1.0), y(curve.between(at, at + 2))))
            .collect();
        let (stroke, points) = (stroke(index), points.join(" "));
        add(svg, format_args!("<polyline class=\"line\" {stroke} points=\"{points}\"/>"));
    }
}

/// The key, with what came of each plan.
fn names(svg: &mut String, top: f64, end: usize, curves: &[Curve]) {
    text(svg, "small", (NAMES, top + 10.0), "start", "clients with");
    text(svg, "small", (WIDTH - 16.0, top + 10.0), "end", "recover");
    for (index, (plan, curve)) in PLANS.iter().zip(curves).enumerate() {
        let at = top + 36.0 + index as f64 * 25.0;
        let back = curve.back_after(end).map_or("never".to_owned(), |seconds| format!("after {seconds} s"));
        add(svg, format_args!("<path class=\"line\" {} d=\"M{NAMES} {}h24\"/>", stroke(index), at - 4.5));
        text(svg, "name", (NAMES + 32.0, at), "start", plan.name);
        text(svg, "name", (WIDTH - 16.0, at), "end", &back);
    }
}

/// The plan with everything is the last one, and the thickest.
fn stroke(index: usize) -> String {
    let width = if index + 1 == PLANS.len() { 3.0 } else { 1.8 };
    format!("stroke=\"{}\" stroke-width=\"{width}\" stroke-dasharray=\"{}\"", COLOURS[index], DASHES[index])
}

fn text(svg: &mut String, class: &str, (x, y): (f64, f64), anchor: &str, text: &str) {
    add(svg, format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
}

fn add(svg: &mut String, element: std::fmt::Arguments<'_>) {
    writeln!(svg, "{element}").expect("a string takes everything");
}
