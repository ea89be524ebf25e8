#!/usr/bin/env bash
# Makes every table of docs/results/*.md but the thesis's: bash experiments/results.sh SHARED OUT [DATASET ...]
# SHARED is the folder with data/; DATASET is any of synth mosi words mosei (all of them unless named).
# Two trainings at a time, a thread each. What is finished is not done again: stop it and start it as you like.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
shared=$(path "$1") out=$(path "$2")
shift 2
export OMP_WAIT_POLICY=passive
mkdir -p "$out"
# For a few hundred utterances: an epoch is then a dozen steps, and the score networks need some hundred of them.
small="classifier.batchSize=32 score.batchSize=32 stage2.batchSize=32 score.epochs=200 score.patience=20 backbone.blocks=2"

data() { # data NAME COMMAND...: makes NAME.npz unless it is there
  once "$out/$1.npz" amodal data "${@:2}"
}

train() { # train DATA PRESET [REUSED PRESET] [-- SETTINGS...]
  local name=$1 preset=$2 from=${3:-}
  # --resume goes on with a run, leaves a finished one as it is, and refuses one of other settings.
  logged "$out/$name-$preset.log" amodal train "experiments/$preset.yaml" --data "$out/$name.npz" \
    --out "$out/$name/$preset" --threads 1 --resume ${from:+--reuse "$out/$name/$from"} ${settings:+--set $settings}
}

presets() { # all four on one data set; they share what would come out the same
  train "$1" cpu-thesis-speed
  train "$1" cpu-thesis-quality cpu-thesis-speed
  train "$1" cpu-speed cpu-thesis-speed
  train "$1" cpu-quality cpu-speed
}

evaluate() { # evaluate TABLE PRESET DATA...: several data sets are folds
  local report="$out/$1-$2" preset=$2
  shift 2
  once "$report/results.json" logged "$report.log" amodal evaluate "${@/%//$preset}" --name "$preset" \
    --out "$report" --threads 1 --nfe-curve none
}

tables() { # tables TABLE DATA...: every preset, then all side by side
  local table=$1
  shift
  for preset in cpu-thesis-quality cpu-thesis-speed cpu-quality cpu-speed; do
    evaluate "$table" "$preset" "$@"
  done
  amodal compare "$out/$table"-cpu-{thesis-quality,thesis-speed,quality,speed}/results.json --out "$out/$table.md"
}

synth() {
  data synth synth -o "$out/synth.npz" --utterances 6000 --seed 1
  presets synth
  tables synth-table "$out/synth"
}

mosi() {
  local folds=()
  for k in 0 1 2 3 4; do
    data "mosi$k" fold "$shared/data/mosi-utterance/mosi_heldout_seq16_p4.pkl.gz" \
      --table "$shared/data/mosi-utterance/utterances.csv" --fold-column heldout_fold --test "$k" --out "$out/mosi$k.npz"
    settings="$small" presets "mosi$k"
    folds+=("$out/mosi$k")
  done
  tables mosi-table "${folds[@]}"
}

words() {
  data words convert "$shared/data/mosi-utterance" -o "$out/words.npz" --split-column split_std \
    --modality text=text_glove_50x100.npy.gz --modality acoustic=audio_73.npy
  settings="score.epochs=40 score.patience=10 backbone.blocks=2" presets words
  tables words-table "$out/words"
}

mosei() {
  data mosei convert "$shared/data/mosei-video-mean" -o "$out/mosei.npz" \
    --modality text=text_bert_cls_768.npy --modality audio=audio_covarep_40.npy --modality vision=vision_openface2_35.npy
  settings="$small" presets mosei
  tables mosei-table "$out/mosei"
}

[ $# -gt 0 ] || set -- synth mosi words mosei
together 2 "$@"
