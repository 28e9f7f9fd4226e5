//! Results as a table for people and as JSON for programs.

use serde_json::{Map, Value, json};

use crate::engines::EngineId;
use crate::environment;
use crate::stats::geomean;

/// What was measured of one input.
pub(crate) struct Row {
    /// The input's name.
    pub(crate) input: &'static str,
    /// The argument it ran with.
    pub(crate) n: i32,
    /// What every engine returned.
    pub(crate) result: u64,
    /// The median time in seconds, in the order of [`Report::engines`].
    pub(crate) seconds: Vec<f64>,
    /// The time of the subject over that of each peer: the median over the rounds; in the order of `engines[1..]`.
    pub(crate) ratios: Vec<f64>,
}

/// What a subcommand found.
pub(crate) struct Report {
    /// The subject, and the peers it is compared with.
    pub(crate) engines: Vec<EngineId>,
    /// One row per input that every engine ran.
    pub(crate) rows: Vec<Row>,
}

impl Report {
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

    /// The heading of the table.
    pub(crate) fn print_head(engines: &[EngineId]) {
        let mut line = format!("{:<16}", "input");
        for engine in engines {
            line += &format!("{:>12}", format!("{} ms", engine.name()));
        }
        for peer in &engines[1..] {
            line += &format!("{:>12}", format!("/ {}", peer.name()));
        }
        println!("{line}");
    }

    /// A line per peer with the geometric mean over all inputs, and nothing after it.
    pub(crate) fn print_geomeans(&self) {
        for (peer, mean) in self.geomeans() {
            println!("geomean vs {}: {mean:.2}", peer.name());
        }
    }

    /// The same as JSON: `geomean` and `inputs` hold ratios by peer; the rest is what they were made of.
    pub(crate) fn to_json(&self) -> Value {
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
            inputs.insert(row.input.into(), by_peer(&row.ratios).into());
            let seconds: Map<String, Value> = self
                .engines
                .iter()
                .zip(&row.seconds)
                .map(|(engine, seconds)| (engine.name().into(), json!(seconds)))
                .collect();
            let run =
                json!({ "n": row.n, "result": format!("{:#x}", row.result), "seconds": seconds });
            runs.insert(row.input.into(), run);
        }
        let geomean: Map<String, Value> =
            self.geomeans().map(|(peer, mean)| (peer.name().into(), json!(mean))).collect();
        json!({
            "geomean": geomean,
            "inputs": inputs,
            "subject": self.engines[0].name(),
            "runs": runs,
            "environment": { "cpu": environment::cpu(), "rustc": environment::RUSTC },
        })
    }
}

impl Row {
    /// The row of the table.
    pub(crate) fn print(&self) {
        let mut line = format!("{:<16}", self.input);
        for seconds in &self.seconds {
            line += &format!("{:>12.1}", seconds * 1e3);
        }
        for ratio in &self.ratios {
            line += &format!("{ratio:>12.2}");
        }
        println!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_the_ratios_by_input_and_peer() {
        let row = |input, ratios: [f64; 2]| Row {
            input,
            n: 1,
            result: 7,
            seconds: vec![1.0, 2.0, 3.0],
            ratios: ratios.to_vec(),
        };
        let report = Report {
            engines: vec![EngineId::Wasmote, EngineId::Wasmi, EngineId::SfNano],
            rows: vec![row("a", [0.5, 1.0]), row("b", [2.0, 4.0])],
        };
        let json = report.to_json();
        assert_eq!(json["inputs"]["a"]["wasmi"], 0.5);
        assert_eq!(json["inputs"]["b"]["sf-nano"], 4.0);
        assert!((json["geomean"]["wasmi"].as_f64().unwrap() - 1.0).abs() < 1e-12);
        assert!((json["geomean"]["sf-nano"].as_f64().unwrap() - 2.0).abs() < 1e-12);
    }
}
