#!/usr/bin/env bash
# Makes what docs/results/speed.md says of accuracy: bash experiments/performance.sh RESULTS OUT
# RESULTS is the folder that experiments/results.sh made: its cpu-quality runs (Heun, 60 evaluations) are the teachers
# that realtime and fast are held against, on the same utterances, and lend them stage 1a. One thread.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
results=$(path "$1") out=$(path "$2")
export OMP_WAIT_POLICY=passive
mkdir -p "$out"

train() { # train DATA PRESET [SETTINGS...]
  local data=$1 preset=$2
  shift 2
  amodal train "experiments/$preset.yaml" --data "$results/$data.npz" --out "$out/$data-$preset" --threads 1 --resume \
    --reuse "$results/$data/cpu-quality" ${1:+--set "$@"}
}

for preset in realtime fast; do
  train synth "$preset"
  amodal compare "$out/synth-$preset" "$results/synth/cpu-quality" --threads 1 --nfe-curve none
done

small=(classifier.batchSize=32 score.batchSize=32 stage2.batchSize=32 score.epochs=120 score.patience=15)
for preset in realtime fast; do
  runs=() teachers=()
  for k in 0 1 2 3 4; do
    train "mosi$k" "$preset" "${small[@]}"
    runs+=("$out/mosi$k-$preset") teachers+=("$results/mosi$k/cpu-quality")
  done
  amodal compare "$(listed "${runs[@]}")" "$(listed "${teachers[@]}")" --threads 1 --nfe-curve none --out "$out/mosi-$preset"
done
