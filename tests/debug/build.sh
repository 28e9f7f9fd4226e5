#!/bin/sh
# Rebuilds the guest of these tests, with Zig's compiler: pip install ziglang==0.17.1
set -eu
cd "$(dirname "$0")"
python3 -m ziglang c++ -g -O1 -target wasm32-freestanding -nostdlib -fno-sanitize=undefined -Wl,--no-entry \
    -fdebug-prefix-map="$PWD"=/guest -fdebug-compilation-dir=/guest -o guest.wasm guest.cpp
