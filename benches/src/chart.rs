//! Bar charts of what was measured, as SVG: a bar per input and engine, as long as the figure is against that of the
//! first peer. Shorter is better.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::engines::EngineId;
use crate::report::{Report, Row, Unit};

const WIDTH: i32 = 860;
/// Where the bars begin, and how long one of 1 is.
const LEFT: i32 = 180;
const ONE: i32 = 240;
/// Longer bars are cut off here.
const MOST: f64 = 2.4;
const BAR: i32 = 11;
const GAP: i32 = 7;
const HEAD: i32 = 44;
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(208, 208, 208);

fn color(engine: EngineId) -> RGBColor {
    match engine {
        EngineId::Wasmote => RGBColor(214, 73, 51),
        EngineId::WasmoteSerial => RGBColor(230, 140, 120),
        EngineId::WasmoteFuel => RGBColor(224, 123, 57),
        EngineId::WasmoteEpoch => RGBColor(233, 170, 60),
        EngineId::Wasmi => RGBColor(100, 130, 170),
        EngineId::WasmiFuel => RGBColor(60, 90, 140),
        EngineId::SfNano => RGBColor(160, 190, 160),
        #[cfg(feature = "submilli")]
        EngineId::Submilli => RGBColor(150, 90, 60),
        #[cfg(feature = "tinywasm")]
        EngineId::Tinywasm => RGBColor(200, 180, 120),
        #[cfg(feature = "wasmtime")]
        EngineId::Pulley => RGBColor(150, 120, 170),
        #[cfg(feature = "wasmtime")]
        EngineId::Cranelift => RGBColor(90, 90, 90),
    }
}

/// The height of the bars of one input.
fn height(report: &Report) -> i32 {
    BAR * report.engines.len() as i32 + GAP
}

/// The chart of `reports`, below each other.
///
/// # Errors
///
/// If there is nothing to draw.
pub(crate) fn draw(reports: &[Report]) -> Result<String> {
    // A row more for the means.
    let total: i32 =
        reports.iter().map(|report| HEAD + height(report) * (report.rows.len() as i32 + 1)).sum();
    let mut svg = String::new();
    {
        let area =
            SVGBackend::with_string(&mut svg, (WIDTH as u32, total as u32 + 8)).into_drawing_area();
        let drawn = area.fill(&WHITE).and_then(|()| {
            let mut y = 0;
            for report in reports {
                y = draw_report(&area, report, y)?;
            }
            area.present()
        });
        // The error borrows the area.
        drawn.map_err(|error| anyhow!("cannot draw: {error}"))?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Outcome<T> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Draws below `top`; where it ends.
fn draw_report(area: &Area, report: &Report, top: i32) -> Outcome<i32> {
    let text = |size: i32| FONT.into_font().resize(f64::from(size)).color(&INK);
    let bottom = top + HEAD + height(report) * (report.rows.len() as i32 + 1);
    let what = match report.unit {
        Unit::Kibibytes => "memory",
        _ => "time",
    };
    let mode = report.title.map_or(String::new(), |title| format!("{title}: "));
    let base = report.engines.get(1).map_or("", |peer| peer.name());
    let title = format!("{mode}{what}, 1 = {base}");
    area.draw_text(&title, &text(14), (LEFT, top + 6))?;
    // The legend.
    let mut x = LEFT + 250;
    for engine in &report.engines {
        let box_ = [(x, top + 8), (x + 10, top + 18)];
        area.draw(&Rectangle::new(box_, color(*engine).filled()))?;
        area.draw_text(engine.name(), &text(13), (x + 15, top + 6))?;
        x += 30 + 7 * engine.name().len() as i32;
    }
    // The grid: every half.
    for step in 0..=(MOST * 2.0) as i32 {
        let x = LEFT + step * ONE / 2;
        let style = if step == 2 { INK.stroke_width(1) } else { GRID.stroke_width(1) };
        area.draw(&PathElement::new([(x, top + HEAD - 6), (x, bottom - GAP)], style))?;
        let label = format!("{}", f64::from(step) / 2.0);
        let style = text(10).pos(Pos::new(HPos::Center, VPos::Bottom));
        area.draw_text(&label, &style, (x, top + HEAD - 7))?;
    }
    let mut y = top + HEAD;
    for row in [None].into_iter().chain(report.rows.iter().map(Some)) {
        draw_row(area, report, row, y)?;
        y += height(report);
    }
    Ok(bottom)
}

/// Draws the bars of `row`, or of the means.
fn draw_row(area: &Area, report: &Report, row: Option<&Row>, top: i32) -> Outcome<()> {
    let Some(relative) = report.relative(row) else { return Ok(()) };
    let middle = top + BAR * report.engines.len() as i32 / 2;
    let (label, style) = match row {
        Some(row) => (row.label.as_str(), FontStyle::Normal),
        None => ("geometric mean", FontStyle::Bold),
    };
    let style = FontDesc::new(FontFamily::SansSerif, 13.0, style)
        .color(&INK)
        .pos(Pos::new(HPos::Right, VPos::Center));
    area.draw_text(label, &style, (LEFT - 8, middle))?;
    for (i, (engine, relative)) in report.engines.iter().zip(relative).enumerate() {
        let y = top + BAR * i as i32;
        let end = LEFT + (relative.min(MOST) * f64::from(ONE)) as i32;
        area.draw(&Rectangle::new([(LEFT, y), (end, y + BAR - 1)], color(*engine).filled()))?;
        let mut figure = match row {
            Some(row) => report.unit.format_with_unit(row.values[i]),
            None => format!("{relative:.2}"),
        };
        if relative > MOST {
            figure = match row {
                Some(_) => format!("{figure} ({relative:.1})"),
                None => figure,
            };
        }
        let style = (FONT, 10).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
        let (x, style) = if relative > MOST {
            (end - 4, style.color(&WHITE).pos(Pos::new(HPos::Right, VPos::Center)))
        } else {
            (end + 4, style)
        };
        area.draw_text(&figure, &style, (x, y + BAR / 2))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_and_engine_is_in_the_chart() {
        let engines = vec![EngineId::Wasmote, EngineId::Wasmi];
        let row = Row {
            label: "an-input".into(),
            values: vec![0.001, 0.01],
            ratios: vec![0.1],
            run: None,
        };
        let report =
            Report { rows: vec![row], ..Report::new(Some("lazy"), Unit::Milliseconds, engines) };
        let svg = draw(&[report]).unwrap();
        for text in ["an-input", "wasmote", "wasmi", "lazy", "1.0 ms", "10.0 ms", "geometric mean"]
        {
            assert!(svg.contains(text), "{text} is missing");
        }
    }
}
