//! The fuzz targets on seeds, so that no nightly compiler is needed to see that they hold.

use wasmote_fuzz::{Coverage, Random, api, differential, module};

/// As many seeds as the environment says, for a longer run.
fn seeds(usual: u64) -> u64 {
    std::env::var("WASMOTE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(usual)
}

#[test]
fn programs_do_the_same_in_every_configuration() {
    let mut sum = Coverage::default();
    for seed in 0..seeds(3000) {
        let data = Random::bytes(seed, 600 + (seed as usize * 37) % 6000);
        let caught = std::panic::catch_unwind(|| differential(&data));
        let found = caught.unwrap_or_else(|_| panic!("seed {seed}")).unwrap_or_default();
        sum.calls += found.calls;
        sum.traps += found.traps;
        sum.peer_calls += found.peer_calls;
    }
    println!("{sum:?}");
    // The seeds are worth something.
    assert!(sum.calls > 300 && sum.traps > 10 && sum.peer_calls > 100, "{sum:?}");
}

#[test]
fn damaged_modules_are_refused_or_taken() {
    let guests = ["nbody", "call-indirect", "tail-indirect", "chess", "chacha-simd"];
    let (mut taken, mut refused) = (0, 0);
    for name in guests {
        let path = format!("{}/../benches/guests/wasm/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
        let whole = std::fs::read(path).unwrap();
        assert!(module(&whole), "{name}");
        for seed in 0..seeds(300) {
            let mut random = Random::new(seed);
            let mut bytes = whole.clone();
            for _ in 0..=seed % 4 {
                let at = random.bits() as usize % bytes.len();
                match random.bits() % 3 {
                    0 => bytes[at] = random.bits() as u8,
                    1 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, random.bits() as u8),
                }
            }
            *(if module(&bytes) { &mut taken } else { &mut refused }) += 1;
        }
    }
    assert!(taken > 0 && refused > taken, "{taken} taken, {refused} refused");
}

#[test]
fn whatever_is_called_in_any_order_does_not_panic() {
    let mut steps = 0;
    for seed in 0..seeds(2000) {
        let data = Random::bytes(seed, 300 + (seed as usize * 13) % 1500);
        let caught = std::panic::catch_unwind(|| api(&data));
        steps += caught.unwrap_or_else(|_| panic!("seed {seed}")).unwrap_or_default();
    }
    println!("{steps} steps");
    assert!(steps > 10_000);
}
