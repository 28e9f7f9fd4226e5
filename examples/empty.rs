//! An empty program: what `.ci/size` subtracts from the example `minimal`.

fn main() {}
