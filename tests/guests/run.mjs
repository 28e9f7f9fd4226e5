// Runs a program of these tests on V8: node --no-warnings run.mjs kotlin >expected/kotlin.txt
import { readFileSync, writeSync } from 'node:fs';
import { WASI } from 'node:wasi';

const module = new WebAssembly.Module(readFileSync(new URL(`wasm/${process.argv[2]}.wasm`, import.meta.url)));
const wasi = new WASI({ version: 'preview1' });
const print = (text) => writeSync(1, text instanceof Uint8Array ? text : `${text}`);
const decimal = (value) => (Number.isInteger(value) ? `${value}.0` : `${value}`);
const env = {
    write_char: (byte) => print(new Uint8Array([byte])),
    write_i32: print,
    write_i64: print,
    write_f64: (value) => print(decimal(value)),
    f64_to_string: (value, at) => {
        const bytes = new TextEncoder().encode(decimal(value));
        new Uint8Array(instance.exports.memory.buffer).set(bytes, at);
        return bytes.length;
    },
};
const imports = { ...wasi.getImportObject(), env };
for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] ??= () => 0;
const instance = new WebAssembly.Instance(module, imports);

const { memory, run, length, _start } = instance.exports;
if (run) {
    const at = run();
    print(new Uint8Array(memory.buffer, at, length()));
} else if (process.argv[2] === 'python') {
    _start();
} else {
    wasi.start(instance);
}
