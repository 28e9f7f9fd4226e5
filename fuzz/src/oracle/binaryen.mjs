// Makes modules with binaryen's `wasm-opt -ttf`, in one process: a line with bytes in base64 on the standard input is answered
// by one with the module made of them.
import { readFileSync, writeFileSync, writeSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, , path, ...options] = process.argv;
const directory = mkdtempSync(join(tmpdir(), 'ttf-'));
process.on('exit', () => rmSync(directory, { recursive: true }));
const [input, output] = ['input', 'output'].map((name) => join(directory, name));

// The program, as a function of what it takes from its surroundings.
const main = new Function(
  'Module', 'process', 'WebAssembly', 'require', 'module', '__filename', '__dirname',
  readFileSync(path, 'utf8').replace(/^#!.*/, ''),
);

// Compiled once, instantiated for each module.
let compiled;
const engine = Object.create(WebAssembly, {
  instantiate: {
    value: async (bytes, imports) => {
      compiled ??= new WebAssembly.Module(bytes);
      return { instance: new WebAssembly.Instance(compiled, imports) };
    },
  },
});

function run(...args) {
  const surroundings = Object.create(process, {
    argv: { value: ['node', path, ...args] },
    exitCode: { value: 0, writable: true },
  });
  return new Promise((done) => {
    const Module = { postRun: [() => done(surroundings.exitCode)] };
    main(Module, surroundings, engine, createRequire(import.meta.url), undefined, path, '/');
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  writeFileSync(input, Buffer.from(line, 'base64'));
  const status = await run('-ttf', input, '-o', output, ...options);
  writeSync(1, status ? '\n' : `${readFileSync(output, 'base64')}\n`);
}
