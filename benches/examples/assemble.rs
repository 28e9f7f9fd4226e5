//! Assembles every `.wat` file of one directory into a `.wasm` file of the same name in another:
//! `cargo run -p wasmote-bench --example assemble -- guests/wat guests/wasm`.
//! An example and not a subcommand, because the harness embeds the very files that this writes.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let (Some(from), Some(to), None) = (args.next(), args.next(), args.next()) else {
        return Err("usage: assemble <directory of .wat files> <directory for .wasm files>".into());
    };
    let mut sources: Vec<PathBuf> = fs::read_dir(&from)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "wat"));
    sources.sort();
    for source in sources {
        let wasm = wat::parse_file(&source)?;
        let mut target = to.join(source.file_name().ok_or("a .wat file has a name")?);
        target.set_extension("wasm");
        fs::write(&target, &wasm)?;
        println!("{}: {} bytes", target.display(), wasm.len());
    }
    Ok(())
}
