// Runs the programs that come on the standard input, and prints what they do; see `program.rs` for both.
import { readFileSync } from 'node:fs';

const MASK = (1n << 64n) - 1n;
const view = new DataView(new ArrayBuffer(8));

const traps = [
  [/^unreachable$/, 'UnreachableCodeReached'],
  [/^(divide|remainder) by zero$/, 'IntegerDivisionByZero'],
  [/^divide result unrepresentable$/, 'Unrepresentable'],
  [/^float unrepresentable in integer range$/, 'Unrepresentable'],
  [/memory access out of bounds|data segment out of bounds|segment .* is out of bounds.*memory|^data segment/, 'MemoryOutOfBounds'],
  [/unaligned accesses/, 'HeapMisaligned'],
  [/table index is out of bounds|table access out of bounds|table .*out of bounds|element segment out of bounds/, 'TableOutOfBounds'],
  [/^null function|function signature mismatch/, 'NoSuchCallee'],
  [/^dereferencing a null pointer$|rethrowing null value/, 'NullReference'],
  [/^illegal cast$/, 'CastFailure'],
  [/^array element access out of bounds$|^array index out of bounds$/, 'ArrayOutOfBounds'],
  [/^requested new array is too large$/, 'Exhausted heap'],
  [/Maximum call stack size exceeded/, 'Exhausted stack'],
  [/Atomics.wait cannot be called|shared memory/, 'AtomicWaitNonSharedMemory'],
];

function trap(error) {
  if (error instanceof WebAssembly.Exception) return 'Exception';
  for (const [message, name] of traps) if (message.test(error.message)) return name;
  return `${error.name}: ${error.message}`;
}

// A value of a type. What is not null is a reference that has been seen before.
function toValue(type, bits) {
  switch (type) {
    case 'i': return Number(BigInt.asIntN(32, bits));
    case 'l': return BigInt.asIntN(64, bits);
    case 'f': view.setUint32(0, Number(bits)); return view.getFloat32(0);
    case 'd': view.setBigUint64(0, bits); return view.getFloat64(0);
    default: return null;
  }
}

function toBits(type, value) {
  switch (type) {
    case 'i': return BigInt(value >>> 0);
    case 'l': return BigInt.asUintN(64, value);
    case 'f':
      if (Number.isNaN(value)) return 0x7fc00000n;
      view.setFloat32(0, value);
      return BigInt(view.getUint32(0));
    case 'd':
      if (Number.isNaN(value)) return 0x7ff8000000000000n;
      view.setFloat64(0, value);
      return view.getBigUint64(0);
    case 'a':
      if (typeof value === 'number') return BigInt.asUintN(31, BigInt(value)) | 1n << 31n;
    default: return value === null ? 0n : 1n;
  }
}

// Keeps a reference, unless it is null.
function keep(state, type, value) {
  if ('pxa'.includes(type) && value !== null) state.references.push([type, value]);
}

// What a host function returns as a reference: null, if the bits or nothing else says so, or one that has been seen.
function reference(state, type, bits) {
  const count = state.references.length;
  if (bits % 4n === 0n) return null;
  for (let i = 0; i < count; i++) {
    const [seen, value] = state.references[(i + Number(bits % BigInt(count))) % count];
    if (seen === type) return value;
  }
  return null;
}

const text = (type, value) => toBits(type, value).toString(16);

// A host function: what it returns depends on all arguments of all calls so far.
function host(state, [params, results]) {
  const types = [...results];
  return (...values) => {
    [...params].forEach((type, i) => {
      state.hash = ((state.hash ^ toBits(type, values[i])) * 0x100000001b3n) & MASK;
      keep(state, type, values[i]);
    });
    const out = types.map((type, i) => {
      const hash = state.hash >> BigInt(8 * (i % 4));
      switch (type) {
        case 'f': return Math.fround(Number(BigInt.asIntN(32, hash)));
        case 'd': return Number(BigInt.asIntN(32, hash));
        case 'p': case 'x': case 'a': return reference(state, type, hash);
        default: return toValue(type, hash);
      }
    });
    return types.length === 1 ? out[0] : out;
  };
}

const types = { i: 'i32', l: 'i64', f: 'f32', d: 'f64', x: 'externref', a: 'anyref', p: 'anyfunc' };

function imported(state, what, params, results) {
  switch (what) {
    case 'func': return host(state, [params, results]);
    case 'tag': return new WebAssembly.Tag({ parameters: [...params].map((type) => types[type]) });
    default: return { x: {}, l: 42n }[params] ?? 42;
  }
}

function hashOf(buffer) {
  let hash = 0;
  for (const word of new Uint32Array(buffer)) {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash = (hash << 13) | (hash >>> 19);
  }
  return (hash >>> 0).toString(16);
}

function observe(program, out) {
  let module;
  try {
    module = new WebAssembly.Module(program.wasm);
  } catch (error) {
    out.push(`refused ${error.message}`);
    return;
  }
  const state = { hash: 0n, references: [] };
  const imports = {};
  WebAssembly.Module.imports(module).forEach(({ module, name }, i) => {
    imports[module] ??= {};
    imports[module][name] = imported(state, ...program.imports[i]);
  });
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  let instance;
  try {
    instance = new WebAssembly.Instance(module, imports);
  } catch (error) {
    out.push(`start trap ${trap(error)}`);
    return;
  }
  for (const [what, index, type, results, ...args] of program.plan) {
    const item = instance.exports[names[index]];
    if (what === 'call') {
      try {
        const returned = item(...args.map((bits, i) => (
          bits.startsWith('#') ? state.references[bits.slice(1)][1] : toValue(type[i], BigInt(`0x${bits}`))
        )));
        const types = results === '-' ? [] : [...results];
        const values = types.length === 1 ? [returned] : types.length ? returned : [];
        types.forEach((type, i) => keep(state, type, values[i]));
        out.push(`call ${index} ok ${types.map((type, i) => text(type, values[i])).join(' ')}`);
      } catch (error) {
        const name = trap(error);
        out.push(`call ${index} trap ${name}`);
        if (name.startsWith('Exhausted')) return;
      }
    } else if (what === 'global') {
      out.push(`global ${index} ${text(type, item.value)}`);
    } else if (what === 'memory') {
      const { buffer } = item;
      const hash = buffer instanceof SharedArrayBuffer ? '' : ` ${hashOf(buffer)}`;
      out.push(`memory ${index} ${buffer.byteLength}${hash}`);
    } else {
      const length = Number(item.length);
      let nulls = '';
      for (let i = 0; i < Math.min(length, 64); i++) {
        nulls += item.get(type === 'l' ? BigInt(i) : i) === null ? '0' : '1';
      }
      out.push(`table ${index} ${length} ${nulls}`);
    }
  }
}

const out = [];
let program;
for (const line of readFileSync(0, 'latin1').split('\n')) {
  const [what, ...fields] = line.split(' ');
  if (what === 'module') program = { wasm: Buffer.from(fields[0], 'base64'), imports: [], plan: [] };
  else if (what === 'import') program.imports.push(fields.map((types) => (types === '-' ? '' : types)));
  else if (what === 'end') {
    out.push('module');
    observe(program, out);
  } else if (what) program.plan.push([what, ...fields]);
}
process.stdout.write(out.join('\n') + '\n');
