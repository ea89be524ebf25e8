#!/usr/bin/env bash
# Makes what docs/results/speed.md says of students: bash experiments/students.sh RESULTS PERFORMANCE OUT [NAME...]
# RESULTS and PERFORMANCE are the folders that experiments/results.sh and experiments/performance.sh made. The teacher of
# every student is PERFORMANCE/synth-fast, a flow of width 96 and 3 blocks; flow-1-* are networks of a student's size that
# were trained without one, and answer in one step. A NAME is METHOD-EVALUATIONS-WIDTHxBLOCKS; without any, all of them.
# mosi is METHOD-EVALUATIONS-WIDTHxBLOCKS = progressive-1-64x2 on MOSI's five folds. One thread; finished runs are kept, so
# that two calls with other names can share two cores.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
results=$(path "$1") performance=$(path "$2") out=$(path "$3")
shift 3
names=("$@")
if [ ${#names[@]} = 0 ]; then
  names=(flow-1-{32x1,32x2,64x1,64x2,96x3,128x4} consistency-1-{32x1,32x2,64x2,96x3} consistency-{2,4}-64x2 progressive-{1,2,4}-64x2 mosi)
fi
export OMP_WAIT_POLICY=passive
mkdir -p "$out"

network() { # network BLOCK WIDTH BLOCKS: the options of a cached transformer of this size
  echo "$1.kind=cached-transformer1d $1.width=$2 $1.blocks=$3 $1.contextBlocks=1 $1.heads=4 $1.mlpWidth=$((2 * $2)) $1.timeWidth=64"
}

student() { # student METHOD EVALUATIONS WIDTH BLOCKS EPOCHS: a student's options, EPOCHS in each round
  echo "$(network distillation.backbone "$3" "$4") distillation.method=$1 distillation.evaluations=$2 distillation.teacherSteps=8" \
    "distillation.epochs=$5 distillation.learningRate=0.002"
}

train() { # train DATA OUT PRESET RUN SETTINGS...: takes over what RUN has alike
  amodal train "experiments/$3.yaml" --data "$results/$1.npz" --out "$2" --threads 1 --resume --reuse "$4" --set "${@:5}"
}

for name in "${names[@]}"; do
  if [ "$name" = mosi ]; then
    runs=() teachers=()
    for k in 0 1 2 3 4; do
      # As experiments/performance.sh has it for so few utterances.
      train "mosi$k" "$out/mosi$k" fast "$performance/mosi$k-fast" $(student progressive 1 64 2 40) distillation.patience=8 \
        {classifier,score,distillation,stage2}.batchSize=32 score.epochs=120 score.patience=15
      runs+=("$out/mosi$k") teachers+=("$results/mosi$k/cpu-quality")
    done
    report=$out/mosi-report
  else
    IFS=-x read -r method evaluations width blocks <<<"$name"
    case $method in
      flow) train synth "$out/$name" realtime "$results/synth/cpu-quality" $(network backbone "$width" "$blocks") stage2.epochs=8 ;;
      *)
        epochs=8
        [ "$method" = consistency ] || epochs=4
        train synth "$out/$name" fast "$performance/synth-fast" $(student "$method" "$evaluations" "$width" "$blocks" "$epochs") \
          distillation.batchSize=64 stage2.epochs=8
        ;;
    esac
    runs=("$out/$name") teachers=("$results/synth/cpu-quality") report=$out/$name/report
  fi

  once "$report/results.json" amodal compare "$(listed "${runs[@]}")" "$(listed "${teachers[@]}")" --threads 1 --nfe-curve none --out "$report"
done
