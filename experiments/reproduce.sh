#!/usr/bin/env bash
# Makes the thesis's tables of docs/results/*.md: bash experiments/reproduce.sh SHARED OUT [synth|mosi] [TABLE ...]
# SHARED is the folder with data/. One thread, networks for a CPU. What is finished is not done again: stop it and start it as you like.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
shared=$(path "$1") out=$(path "$2") data=${3:-all}
shift $(($# < 3 ? $# : 3))
[ $# -gt 0 ] || set -- 6.12 6.9 6.10 6.11 6.1 6.2 6.3 6.5 6.6 6.7 6.8 ablations figure-6.1
mkdir -p "$out"

reproduce() { # reproduce NAME FILE EPOCHS PATIENCE TABLE...
  local name=$1 file=$2 settings=(score.epochs="$3" score.patience="$4")
  shift 4
  for table in "$@"; do
    amodal experiment run "$table" --data "$file" --out "$out/$name" --fast --threads 1 --set "${settings[@]}"
  done
}

if [ "$data" != mosi ]; then
  once "$out/synth.npz" amodal data synth -o "$out/synth.npz" --utterances 1500 --seed 1
  reproduce synth "$out/synth.npz" 40 10 "$@"
fi
if [ "$data" != synth ]; then
  reproduce mosi "$shared/data/mosi-utterance/mosi_heldout_seq16_p4.pkl.gz" 120 15 "$@"
fi
