#!/bin/sh
# Measures everything anew and puts the figures and charts into docs/: ten minutes to build, twenty to measure. Nothing
# else should run meanwhile. What is given is passed on to the subcommands that measure time, for example --quick.
set -eu
cd "$(dirname "$0")/.."
cargo build --release -p wasmote-bench
for subcommand in exec metering startup calls; do
    cargo run --quiet --release -p wasmote-bench -- "$subcommand" --docs docs "$@"
done
for group in hold-out later; do
    cargo run --quiet --release -p wasmote-bench -- exec --group "$group" --docs docs "$@"
done
cargo run --quiet --release -p wasmote-bench --features vectors -- exec --docs docs "$@"
cargo run --quiet --release -p wasmote-bench --features wasmtime,submilli -- exec --group gc --docs docs "$@"
cargo run --quiet --release -p wasmote-bench --features wasmtime,submilli -- gc --docs docs "$@"
# Counting costs time, so this is another build; bytes are the same in any. Linear memories from the operating system would
# escape it.
cargo run --quiet --profile bench-dev -p wasmote-bench --no-default-features --features heap -- memory --docs docs
cargo run --quiet --release -p wasmote-bench -- size --docs docs
