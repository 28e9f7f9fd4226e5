//! Results as tables for people and as JSON for programs.

use serde_json::{Map, Value, json};

use crate::engines::EngineId;
use crate::stats::geomean;

/// What was measured of one input.
pub(crate) struct Row {
    /// The input's name.
    pub(crate) label: String,
    /// The figure of each engine, in seconds or bytes, in the order of [`Report::engines`].
    pub(crate) values: Vec<f64>,
    /// The subject's figure by that of each peer: the median over the rounds; in the order of `engines[1..]`.
    pub(crate) ratios: Vec<f64>,
    /// What was run, if it was a guest.
    pub(crate) run: Option<Run>,
}

/// The run of a guest.
pub(crate) struct Run {
    /// The argument it ran with.
    pub(crate) n: i32,
    /// What every engine returned.
    pub(crate) result: u64,
}

/// What figures are printed in.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Milliseconds,
    Microseconds,
    Nanoseconds,
    /// 1024 bytes.
    #[cfg_attr(not(feature = "heap"), allow(dead_code, reason = "only `memory` counts bytes"))]
    Kibibytes,
}

impl Unit {
    /// How it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::Nanoseconds => "ns",
            Self::Kibibytes => "KiB",
        }
    }

    /// `value`, in seconds or bytes, in this unit.
    pub(crate) fn format(self, value: f64) -> String {
        let value = match self {
            Self::Milliseconds => value * 1e3,
            Self::Microseconds => value * 1e6,
            Self::Nanoseconds => value * 1e9,
            Self::Kibibytes => value / 1024.0,
        };
        format!("{value:.1}")
    }

    /// `value`, in seconds or bytes, in the unit that suits it.
    pub(crate) fn format_with_unit(self, value: f64) -> String {
        let steps: &[(f64, &str)] = match self {
            Self::Kibibytes => &[(1048576.0, "MiB"), (1024.0, "KiB")],
            _ => &[(1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")],
        };
        let step = steps.iter().find(|(size, _)| value >= *size).or(steps.last());
        step.map_or(String::new(), |(size, name)| format!("{:.1} {name}", value / size))
    }

    /// What the figures are called in JSON, where they are in the base unit.
    fn key(self) -> &'static str {
        match self {
            Self::Milliseconds | Self::Microseconds | Self::Nanoseconds => "seconds",
            Self::Kibibytes => "bytes",
        }
    }
}

/// What a subcommand found, or what it found in one mode.
pub(crate) struct Report {
    /// The mode.
    pub(crate) title: Option<&'static str>,
    pub(crate) unit: Unit,
    /// The subject, and the peers it is compared with.
    pub(crate) engines: Vec<EngineId>,
    /// One row per input that every engine ran.
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// A report without rows.
    pub(crate) fn new(title: Option<&'static str>, unit: Unit, engines: Vec<EngineId>) -> Self {
        Self { title, unit, engines, rows: Vec::new() }
    }

    fn peers(&self) -> &[EngineId] {
        &self.engines[1..]
    }

    /// The geometric mean of the ratios, for each peer.
    fn geomeans(&self) -> impl Iterator<Item = (EngineId, f64)> {
        self.peers().iter().enumerate().filter_map(|(i, peer)| {
            let ratios: Vec<f64> = self.rows.iter().map(|row| row.ratios[i]).collect();
            Some((*peer, geomean(&ratios)?))
        })
    }

    /// What stands above the columns, the first of which has the inputs.
    fn columns(&self) -> impl Iterator<Item = String> {
        let figures =
            self.engines.iter().map(|engine| format!("{} {}", engine.name(), self.unit.name()));
        let ratios = self.peers().iter().map(|peer| format!("/ {}", peer.name()));
        [self.title.unwrap_or("input").to_owned()].into_iter().chain(figures).chain(ratios)
    }

    fn cells(&self, row: &Row) -> impl Iterator<Item = String> {
        let values = row.values.iter().map(|value| self.unit.format(*value));
        let ratios = row.ratios.iter().map(|ratio| format!("{ratio:.2}"));
        [row.label.clone()].into_iter().chain(values).chain(ratios)
    }

    /// The heading of the table.
    pub(crate) fn head(&self) -> String {
        align(self.columns())
    }

    /// A row of the table.
    pub(crate) fn line(&self, row: &Row) -> String {
        align(self.cells(row))
    }

    /// A line per peer with the geometric mean over all inputs.
    pub(crate) fn means(&self) -> String {
        let lines: Vec<String> = self
            .geomeans()
            .map(|(peer, mean)| format!("geomean vs {}: {mean:.2}", peer.name()))
            .collect();
        lines.join("\n")
    }

    /// The table in Markdown.
    pub(crate) fn to_markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let columns: Vec<String> = self.columns().collect();
        let mut table = line(columns.clone()) + "|---|" + &"--:|".repeat(columns.len() - 1) + "\n";
        for row in &self.rows {
            table += &line(self.cells(row).collect());
        }
        let mut means = vec!["**geometric mean**".to_owned()];
        means.resize(1 + self.engines.len(), String::new());
        means.extend(self.geomeans().map(|(_, mean)| format!("**{mean:.2}**")));
        table + &line(means)
    }

    /// The same as JSON: `geomean` and `inputs` hold ratios by peer; `runs` is what they were made of.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let by_peer = |ratios: &[f64]| -> Map<String, Value> {
            self.peers()
                .iter()
                .zip(ratios)
                .map(|(peer, ratio)| (peer.name().into(), json!(ratio)))
                .collect()
        };
        let mut inputs = Map::new();
        let mut runs = Map::new();
        for row in &self.rows {
            inputs.insert(row.label.clone(), by_peer(&row.ratios).into());
            let mut run = Map::new();
            if let Some(Run { n, result }) = row.run {
                run.insert("n".into(), json!(n));
                run.insert("result".into(), json!(format!("{result:#x}")));
            }
            let values: Map<String, Value> = self
                .engines
                .iter()
                .zip(&row.values)
                .map(|(engine, value)| (engine.name().into(), json!(value)))
                .collect();
            run.insert(self.unit.key().into(), values.into());
            runs.insert(row.label.clone(), run.into());
        }
        let geomean: Map<String, Value> =
            self.geomeans().map(|(peer, mean)| (peer.name().into(), json!(mean))).collect();
        Map::from_iter([
            ("geomean".to_owned(), geomean.into()),
            ("inputs".to_owned(), inputs.into()),
            ("subject".to_owned(), self.engines[0].name().into()),
            ("runs".to_owned(), runs.into()),
        ])
    }

    /// For the row `row`, or for the geometric mean of all without one: what each engine needs if the first peer
    /// needs 1, in the order of `engines`. Taken from the ratios, so that it agrees with the table.
    pub(crate) fn relative(&self, row: Option<&Row>) -> Option<Vec<f64>> {
        let ratios = match row {
            Some(row) => row.ratios.clone(),
            None => self.geomeans().map(|(_, mean)| mean).collect(),
        };
        let subject = *ratios.first()?;
        Some([subject].into_iter().chain(ratios.iter().map(|ratio| subject / ratio)).collect())
    }
}

/// Cells below each other: the first to the left, the others to the right.
pub(crate) fn align(mut cells: impl Iterator<Item = String>) -> String {
    let first = cells.next().unwrap_or_default();
    cells.fold(format!("{first:<24}"), |line, cell| line + &format!(" {cell:>12}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let row = |label: &str, ratios: [f64; 2]| Row {
            label: label.to_owned(),
            values: vec![1.0, 2.0, 3.0],
            ratios: ratios.to_vec(),
            run: Some(Run { n: 1, result: 7 }),
        };
        Report {
            rows: vec![row("a", [0.5, 1.0]), row("b", [2.0, 4.0])],
            ..Report::new(
                None,
                Unit::Milliseconds,
                vec![EngineId::Wasmote, EngineId::Wasmi, EngineId::SfNano],
            )
        }
    }

    #[test]
    fn json_holds_the_ratios_by_input_and_peer() {
        let json = report().to_json();
        assert_eq!(json["inputs"]["a"]["wasmi"], 0.5);
        assert_eq!(json["inputs"]["b"]["sf-nano"], 4.0);
        assert_eq!(json["runs"]["a"]["seconds"]["wasmote"], 1.0);
        assert!((json["geomean"]["wasmi"].as_f64().unwrap() - 1.0).abs() < 1e-12);
        assert!((json["geomean"]["sf-nano"].as_f64().unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn figures_have_the_unit_that_suits_them() {
        assert_eq!(Unit::Microseconds.format_with_unit(0.0123), "12.3 ms");
        assert_eq!(Unit::Microseconds.format_with_unit(4.0e-10), "0.4 ns");
        assert_eq!(Unit::Kibibytes.format_with_unit(1536.0), "1.5 KiB");
    }

    #[test]
    fn relative_figures_are_those_of_the_first_peer_as_one() {
        let report = report();
        assert_eq!(report.relative(Some(&report.rows[0])).unwrap(), [0.5, 1.0, 0.5]);
        let means = report.relative(None).unwrap();
        assert!((means[2] - 0.5).abs() < 1e-12, "{means:?}");
    }

    #[test]
    fn markdown_has_a_column_per_figure() {
        let markdown = report().to_markdown();
        let widths: Vec<usize> = markdown.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(widths, [7; 5]);
        assert!(markdown.contains("| a | 1000.0 | 2000.0 | 3000.0 | 0.50 | 1.00 |"));
    }
}
