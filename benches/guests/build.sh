#!/bin/sh
# Rebuilds every module in wasm/: the text format of wat/ with the `wat` crate, the Rust guests with a compiler that
# has the sources of the standard library beside it (it is rebuilt for the guests' feature set), those in C with Zig's,
# that in Kotlin with Kotlin's.
#
#   RUSTC, CARGO   the compiler for the guests; on Debian: apt-get install rustc-web cargo-web rust-web-src lld
#                  and RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo benches/guests/build.sh
#   CC             the compiler for C; by default `python3 -m ziglang cc`: pip install ziglang==0.17.1
#   NPM            where two packages are, by default target/npm; Kotlin's compiler needs Java
#                  npm install --no-save --ignore-scripts --prefix target/npm kotlin-compiler@2.4.20 binaryen@132
#
# The guests use MVP, sign extension, bulk memory and mutable globals and nothing else (the two of calls in tail
# position these, and the group `gc` what it is for), so that every engine takes them.
# Those of `vectors` are built twice: like the others, and with 128-bit vectors.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/wasm"

(
    unset RUSTC CARGO
    cd "$here/../.."
    cargo run --quiet -p wasmote-bench --example assemble -- benches/guests/wat benches/guests/wasm
)

RUSTC=${RUSTC:-rustc}
export RUSTC
cd "$here"
target=${CARGO_TARGET_DIR:-$here/target}/guests
# The names of source files end up in the modules, in panic messages: make them the same on every machine.
sources=$("$RUSTC" --print sysroot)
registry=${CARGO_HOME:-$HOME/.cargo}
RUSTFLAGS="-C target-cpu=mvp -C target-feature=+sign-ext,+bulk-memory,+mutable-globals -C linker=wasm-ld"
RUSTFLAGS="$RUSTFLAGS --remap-path-prefix=$sources=/rust --remap-path-prefix=$registry=/cargo --remap-path-prefix=$here=/guests"
export RUSTFLAGS
# `-Z build-std` is not stable; this says to a stable compiler that we know.
export RUSTC_BOOTSTRAP=1
# A dependency of `rhai` makes a random number when it is compiled.
export CONST_RANDOM_SEED=wasmote
build() {
    "${CARGO:-cargo}" build --locked --release --target wasm32-unknown-unknown -Zbuild-std=core,alloc,std,panic_abort "$@"
}
build --target-dir "$target" -p kernels --examples
build --target-dir "$target" -p document
build --target-dir "$target" -p programs --examples
build --target-dir "$target" -p more --examples
build --target-dir "$target" -p vectors --examples
RUSTFLAGS="$RUSTFLAGS -C target-feature=+simd128"
build --target-dir "$target-simd128" -p vectors --examples
release=wasm32-unknown-unknown/release
built=$target/$release
for name in matmul-i32 matmul-f64 nbody mandelbrot sha256 keccak spectral-norm sort-by mixed word-count \
    reverse-complement stack-vm argon2 bigint lz4 markdown regex scheme \
    blake3 btree csv expression qr rhai sudoku zstd; do
    cp "$built/examples/$(echo "$name" | tr - _).wasm" "wasm/$name.wasm"
done
cp "$built/document.wasm" wasm/
for name in convolution dot-i8 matmul-f32 mandelbrot-f32 chacha find; do
    file=$(echo "$name" | tr - _).wasm
    cp "$built/examples/$file" "wasm/$name-scalar.wasm"
    cp "$target-simd128/$release/examples/$file" "wasm/$name-simd.wasm"
done

in_c() { # module, target of the compiler, what to compile and how
    module=$1
    system=$2
    shift 2
    # shellcheck disable=SC2086 # the compiler is several words
    ${CC:-python3 -m ziglang cc} -target "$system" -mcpu=mvp+sign_ext+bulk_memory+mutable_globals -s "$@" \
        -o "wasm/$module.wasm"
}
for name in chess fft levenshtein life lu range-coder rays resize; do
    in_c "$name" wasm32-freestanding -O3 -nostdlib -Wl,--no-entry "c/$name.c"
done
"${CARGO:-cargo}" fetch --locked --quiet
lua=$(echo "$registry"/registry/src/*/lua-src-550.1.1/lua-5.4.8)
parts=
for part in api auxlib baselib code ctype debug do dump func gc lex mem object opcodes parser state string strlib \
    table tablib tm undump vm zio; do
    parts="$parts $lua/l$part.c"
done
# shellcheck disable=SC2086
in_c lua wasm32-wasi -O2 -mexec-model=reactor -D_WASI_EMULATED_SIGNAL "-Dluai_makeseed(L)=0" -Ic/lua -I"$lua" \
    c/lua/main.c c/lua/system.c $parts

packages=${NPM:-$here/../../target/npm}/node_modules
kotlinc=$packages/kotlin-compiler/bin/kotlinc-wasm
library=$packages/kotlin-compiler/lib/kotlin-stdlib-wasm-wasi.klib
out=$target/kotlin
bash "$kotlinc" -Xwasm-target=wasm-wasi -libraries "$library" -ir-output-dir "$out/klib" -ir-output-name program \
    -nopack kotlin/program.kt
bash "$kotlinc" -Xwasm-target=wasm-wasi -Xir-dce -libraries "$library" -ir-output-dir "$out" -ir-output-name program \
    -Xinclude="$out/klib"
"$packages/binaryen/bin/wasm-merge" --enable-gc --enable-reference-types --enable-exception-handling \
    --enable-bulk-memory --enable-multivalue --enable-sign-ext --enable-mutable-globals \
    --enable-nontrapping-float-to-int \
    "$out/program.wasm" program kotlin/random.wat wasi_snapshot_preview1 -o wasm/kotlin.wasm
chmod 644 wasm/*.wasm
ls -l wasm
