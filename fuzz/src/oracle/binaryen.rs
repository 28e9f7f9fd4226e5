//! Programs of binaryen's fuzzer, `wasm-opt -ttf`.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use wasmparser::{Parser, Payload, TypeRef, ValType};

use super::program::{Program, base64, of_base64};
use super::v8::Node;
use crate::random::Random;

/// What programs are made of, that NaNs are canonical, and that exceptions are those of the standard: V8 takes no mixtures.
const OPTIONS: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-extended-const",
    "--enable-gc",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-tail-call",
    "--denan",
    "--emit-exnref",
];

/// Where `node` is, and `wasm-opt` of the npm package `binaryen`: to be set before the first program.
pub static TOOLS: OnceLock<(Node, PathBuf)> = OnceLock::new();

thread_local! {
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// A process that makes modules.
struct Generator {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Generator {
    fn new() -> Generator {
        let (node, wasm_opt) = TOOLS.get().expect("the tools are set");
        let mut child = Command::new(&node.path)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/oracle/binaryen.mjs"))
            .arg(wasm_opt)
            .args(OPTIONS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", node.path.display()));
        let requests = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Generator { child, requests, answers }
    }

    fn module(&mut self, data: &[u8]) -> std::io::Result<Vec<u8>> {
        writeln!(self.requests, "{}", base64(data))?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(of_base64(answer.trim()))
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program of `seed`, unless there is none.
///
/// # Panics
///
/// Without [`TOOLS`], or if they do not work.
pub fn program(seed: u64) -> Option<Program> {
    let mut random = Random::new(seed);
    let arguments = (0..8).map(|_| random.wide() >> random.below(64)).collect();
    let data = Random::bytes(seed, 300 + random.below(4000));
    let wasm = GENERATOR.with_borrow_mut(|generator| {
        generator.get_or_insert_with(Generator::new).module(&data).expect("wasm-opt makes modules")
    });
    (!wasm.is_empty() && can_be_imported(&wasm)).then_some(Program { wasm, arguments })
}

/// Whether JavaScript and wasmote can give a module what it imports.
fn can_be_imported(wasm: &[u8]) -> bool {
    let simple = |ty: ValType| {
        matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
            || matches!(ty, ValType::Ref(ty) if ty.is_extern_ref())
    };
    Parser::new(0).parse_all(wasm).all(|payload| {
        let Ok(Payload::ImportSection(imports)) = payload else { return true };
        imports.into_imports().all(|import| match import.expect("it is valid").ty {
            TypeRef::Func(_) | TypeRef::Tag(_) => true,
            TypeRef::Global(ty) => !ty.mutable && simple(ty.content_type),
            _ => false,
        })
    })
}
