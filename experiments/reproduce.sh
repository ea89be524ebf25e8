#!/usr/bin/env bash
# Makes the thesis's tables of docs/results.md on generated data: bash experiments/reproduce.sh OUT [TABLE ...]
# One thread, networks for a CPU. What is finished is not done again: stop it and start it as you like.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
shift
[ $# -gt 0 ] || set -- 6.12 6.9 6.10 6.11 6.1 6.2 6.3 6.5 6.6 6.7 6.8 figure-6.1 ablations
mkdir -p "$out"

dotnet build src/Amodal.Cli -c Release >/dev/null
amodal() { dotnet src/Amodal.Cli/bin/Release/net10.0/Amodal.Cli.dll "$@"; }

[ -f "$out/synth.npz" ] || amodal data synth "$out/synth.npz" --utterances 1500 --seed 1
for table in "$@"; do
  amodal reproduce "$table" --data "$out/synth.npz" --out "$out" --fast --threads 1 --set score.epochs=40 score.patience=10
done
amodal reproduce 6.4 --out "$out"
