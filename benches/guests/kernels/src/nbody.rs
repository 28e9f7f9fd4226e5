//! The orbits of five bodies under gravity, with a symplectic integrator of first order.

#[derive(Clone, Copy)]
struct Body {
    position: [f64; 3],
    velocity: [f64; 3],
    mass: f64,
}

/// A sun and four made-up planets on nearly circular orbits; units in which the sun's attraction is 4 pi^2.
fn system() -> [Body; 5] {
    const SUN: f64 = 39.478_417_604_357_43;
    let planet = |radius: f64, tilt: f64, mass: f64| {
        let speed = (SUN / radius).sqrt();
        Body {
            position: [radius, 0.1 * tilt, radius * tilt],
            velocity: [0.01 * speed, speed, -0.02 * speed],
            mass: mass * SUN,
        }
    };
    [
        Body { position: [0.0; 3], velocity: [0.0; 3], mass: SUN },
        planet(1.0, 0.02, 3.0e-6),
        planet(5.2, -0.01, 9.5e-4),
        planet(9.5, 0.03, 2.9e-4),
        planet(19.2, 0.015, 4.4e-5),
    ]
}

fn advance(bodies: &mut [Body; 5], step: f64) {
    for i in 0..bodies.len() {
        let (left, right) = bodies.split_at_mut(i + 1);
        let a = &mut left[i];
        for b in right {
            let d: [f64; 3] = core::array::from_fn(|axis| a.position[axis] - b.position[axis]);
            let square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            let pull = step / (square * square.sqrt());
            for axis in 0..3 {
                a.velocity[axis] -= d[axis] * b.mass * pull;
                b.velocity[axis] += d[axis] * a.mass * pull;
            }
        }
    }
    for body in bodies {
        for axis in 0..3 {
            body.position[axis] += step * body.velocity[axis];
        }
    }
}

/// Advances the system by `n` steps; the bits of the sum of all coordinates.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut bodies = system();
    for _ in 0..n {
        advance(&mut bodies, 0.01);
    }
    bodies.iter().flat_map(|body| body.position).sum::<f64>().to_bits() as i64
}
