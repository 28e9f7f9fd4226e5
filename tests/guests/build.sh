#!/bin/sh
# Rebuilds the programs of these tests, each with a compiler that a registry has:
#
#   Kotlin   npm install --no-save --ignore-scripts --prefix target/npm kotlin-compiler@2.4.20, and Java; NPM is where that
#            is, by default target/npm
#   Python   pip install p2w==0.2.3, for Python 3.12; P2W is the command, by default `p2w`
#   Rust     Debian's compiler, which has the sources of the standard library: apt-get install rustc-web cargo-web
#            rust-web-src lld; twice, with exceptions of the standard and with legacy ones
#   C++      pip install ziglang==0.17.1; its C++ runtime is built again here, since Zig's own has no exceptions
#
# `build.sh LANGUAGE...` rebuilds some. What the programs print is in `expected/`, as V8 had it: `node run.mjs NAME`.
set -eu
cd "$(dirname "$0")"
here=$PWD
target=${CARGO_TARGET_DIR:-$here/../../target}
mkdir -p "$target/guests"

kotlin() {
    packages=${NPM:-$here/../../target/npm}/node_modules/kotlin-compiler
    kotlinc=$packages/bin/kotlinc-wasm
    library=$packages/lib/kotlin-stdlib-wasm-wasi.klib
    out=$target/guests/kotlin
    rm -rf "$out"
    bash "$kotlinc" -Xwasm-target=wasm-wasi -libraries "$library" -ir-output-dir "$out/klib" \
        -ir-output-name program -nopack kotlin/program.kt
    bash "$kotlinc" -Xwasm-target=wasm-wasi -Xir-dce -libraries "$library" -ir-output-dir "$out" \
        -ir-output-name program -Xinclude="$out/klib"
    cp "$out/program.wasm" wasm/kotlin.wasm
}

python() {
    ${P2W:-p2w} python/program.py -o "$target/guests/wat/python.wat"
    (cd ../.. && cargo run --quiet -p wasmote-bench --example assemble -- "$target/guests/wat" tests/guests/wasm)
}

rust() { # which exceptions
    name=$1
    shift
    RUSTC=${RUSTC:-/usr/bin/rustc} RUSTC_BOOTSTRAP=1 \
        RUSTFLAGS="-C panic=unwind -C target-feature=+exception-handling -C linker=wasm-ld $* \
            --remap-path-prefix=$here=/guests --remap-path-prefix=$HOME=/home --remap-path-prefix=/usr/lib/rustlib=/rust" \
        "${CARGO:-/usr/bin/cargo}" build --quiet --release --manifest-path rust/Cargo.toml \
        --target-dir "$target/guests/$name" --target wasm32-unknown-unknown -Zbuild-std=std,panic_unwind
    cp "$target/guests/$name/wasm32-unknown-unknown/release/unwinding.wasm" "wasm/$name.wasm"
}

cpp() {
    zig=$(python3 -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))')/lib
    out=$target/guests/cpp
    mkdir -p "$out"
    compile() { # source, what else
        source=$1
        shift
        python3 -m ziglang "$with" -target wasm32-wasi -mcpu=generic+exception_handling -Os -w -fno-sanitize=all \
            -fwasm-exceptions -mllvm -wasm-enable-eh -mllvm -wasm-use-legacy-eh=false -D__WASM_EXCEPTIONS__ "$@" \
            -c "$source" -o "$out/$(basename "$source").o"
    }
    with=c++
    compile cpp/program.cpp -std=c++20
    for source in cxxabi/src/abort_message cxxabi/src/cxa_aux_runtime cxxabi/src/cxa_default_handlers \
        cxxabi/src/cxa_exception cxxabi/src/cxa_exception_storage cxxabi/src/cxa_handlers \
        cxxabi/src/cxa_personality cxxabi/src/cxa_vector cxxabi/src/cxa_virtual cxxabi/src/fallback_malloc \
        cxxabi/src/private_typeinfo cxxabi/src/stdlib_exception cxxabi/src/stdlib_new_delete \
        cxxabi/src/stdlib_stdexcept cxxabi/src/stdlib_typeinfo \
        cxx/src/string cxx/src/stdexcept cxx/src/memory cxx/src/verbose_abort cxx/src/exception cxx/src/functional cxx/src/hash; do
        compile "$zig/lib$source.cpp" -std=c++23 -DLIBCXX_BUILDING_LIBCXXABI -D_LIBCPP_BUILDING_LIBRARY \
            -D_LIBCXXABI_BUILDING_LIBRARY -D_LIBCXXABI_HAS_NO_THREADS -DLIBCXXABI_NON_DEMANGLING_TERMINATE \
            -I"$zig/libcxxabi/include" -I"$zig/libcxx/src"
    done
    with=cc
    compile "$zig/libunwind/src/Unwind-wasm.c" -fdeclspec -I"$zig/libunwind/include"
    compile cpp/tag.s
    python3 -m ziglang c++ -target wasm32-wasi -mcpu=generic+exception_handling -nostdlib++ -s "$out"/*.o -o wasm/cpp.wasm
}

mkdir -p wasm "$target/guests/wat"
[ $# -gt 0 ] || set -- kotlin python rust cpp
for language; do
    case $language in
    rust)
        rust rust -C llvm-args=-wasm-use-legacy-eh=false
        rust rust-legacy
        ;;
    *) "$language" ;;
    esac
done
chmod 644 wasm/*.wasm
ls -l wasm
