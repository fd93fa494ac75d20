//! Goodput over time as a picture: one panel for each overload, one line for each plan.

use std::fmt::Write;

use super::collapse::{BASE_LOAD, BEGIN, Curve, PLANS, SECONDS};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 70.0;
const GAP: f64 = 70.0;
const HIGHEST: f64 = 70.0;
const COLOURS: [&str; 6] = ["#8c8c8c", "#d62728", "#ff9f1c", "#1f77b4", "#9467bd", "#1b8a3a"];

pub(super) fn draw(panels: &[(usize, Vec<Curve>)]) -> String {
    let (width, height) = (LEFT + WIDTH + 30.0, TOP + panels.len() as f64 * (HEIGHT + GAP));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (index, (plan, colour)) in PLANS.iter().zip(COLOURS).enumerate() {
        let x = LEFT + index as f64 * 145.0;
        add(&mut svg, format_args!("<path d=\"M{x} 20h24\" stroke=\"{colour}\" stroke-width=\"3\"/>"));
        text(&mut svg, x + 30.0, 24.0, "start", plan.name);
    }
    for (index, (length, curves)) in panels.iter().enumerate() {
        panel(&mut svg, TOP + index as f64 * (HEIGHT + GAP), *length, curves);
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, top: f64, length: usize, curves: &[Curve]) {
    let x = |second: f64| LEFT + WIDTH * second / SECONDS as f64;
    let y = |rate: f64| top + HEIGHT * (1.0 - rate / HIGHEST);
    text(
        svg,
        LEFT,
        top - 12.0,
        "start",
        &format!("Good answers per second around {length} s of twice the load (shaded)"),
    );
    let (begin, wide) = (x(BEGIN as f64), WIDTH * length as f64 / SECONDS as f64);
    add(
        svg,
        format_args!("<rect x=\"{begin:.1}\" y=\"{top}\" width=\"{wide:.1}\" height=\"{HEIGHT}\" fill=\"#f3e3d3\"/>"),
    );
    for rate in (0..=60).step_by(20) {
        let at = y(f64::from(rate));
        add(svg, format_args!("<path d=\"M{LEFT} {at:.1}h{WIDTH}\" stroke=\"#ddd\"/>"));
        text(svg, LEFT - 8.0, at + 4.0, "end", &rate.to_string());
    }
    for second in (0..=SECONDS).step_by(20) {
        text(svg, x(second as f64), top + HEIGHT + 18.0, "middle", &format!("{second} s"));
    }
    let base = y(BASE_LOAD);
    add(svg, format_args!("<path d=\"M{LEFT} {base:.1}h{WIDTH}\" stroke=\"black\" stroke-dasharray=\"4 4\"/>"));
    for (curve, colour) in curves.iter().zip(COLOURS) {
        // Means of two seconds: less noise, and no edge is moved by more than one.
        let points: Vec<String> = (0..SECONDS - 1)
            .step_by(2)
            .map(|at| format!("{:.1},{:.1}", x(at as f64 + 1.0), y(curve.between(at, at + 2))))
            .collect();
        let points = points.join(" ");
        add(svg, format_args!("<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"));
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    add(svg, format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
}

fn add(svg: &mut String, element: std::fmt::Arguments<'_>) {
    writeln!(svg, "{element}").expect("a string takes everything");
}
