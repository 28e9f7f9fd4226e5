//! Turns the guest's text into the binary that is put into flash, and picks the linker script.

use std::{env, fs, path::Path};

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let guest = wat::parse_file("guest.wat").expect("the guest is valid text");
    fs::write(Path::new(&out).join("guest.wasm"), guest).expect("OUT_DIR is writable");
    println!("cargo::rerun-if-changed=guest.wat");

    let dir = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let script = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("arm") => "ld/cortex-m.ld",
        Ok("riscv32") => "ld/riscv.ld",
        other => panic!("no board for the architecture {other:?}"),
    };
    println!("cargo::rustc-link-arg=-T{dir}/{script}");
    println!("cargo::rustc-link-arg=--gc-sections");
    println!("cargo::rerun-if-changed={script}");
}
