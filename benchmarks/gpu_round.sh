#!/usr/bin/env bash
# Measure on a GPU, part by part:
#   benchmarks/gpu_round.sh PART [--out DIR] [--tiny]
# PART: tests, train, infer, loader, methods (goes on where it was stopped).
# Json and markdown go to DIR (default: $OUT, else gpu_out); from all of them
#   python -m benchmarks.gpu_pages DIR [DIR ...]
# writes the pages of docs/. --tiny, or GPU_ROUND_TINY=1: sizes of next to
# nothing on the CPU, to see that it runs.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '2,8s/^# //p' "$0"; exit 2; }
part=$1 out=${OUT:-gpu_out} tiny=${GPU_ROUND_TINY:-} python=${PYTHON:-python}
shift
while [ $# -gt 0 ]; do
    case $1 in
    --out) out=$2; shift 2 ;;
    --tiny) tiny=1; shift ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
    esac
done
mkdir -p "$out"
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" PYTHONWARNINGS=ignore
flags=(--device cuda) small=()
methods=(--gpu --seeds 0 1 2 --epochs 24 --clips-per-class 16
         --val-clips-per-class 4 --size 112 --batch-size 16 --amp --jobs 5)
if [ -n "$tiny" ]; then
    flags=(--device cpu --quick) small=(--small)
    methods=(--methods tsn_r50 --seeds 0 --epochs 1 --clips-per-class 1 --size 32
             --val-clips-per-class 1 --batch-size 26)
fi
benchmark() { "$python" -m benchmarks.benchmark "$@" --out "$out"; }
case $part in
tests)
    failed=0
    benchmark kernels "${flags[@]}" || failed=$?
    if [ -z "$tiny" ] && "$python" -c 'import pytest' 2>/dev/null; then
        "$python" -m pytest -q tests/models/layers/test_gate_shift_op.py \
            --junitxml "$out/tests.xml" || failed=$?
    fi
    exit "$failed" ;;
train)
    sizes=(10 0)
    [ -z "$tiny" ] || sizes=(2)
    benchmark train "${flags[@]}" "${small[@]}" --batch "${sizes[@]}" ;;
infer) benchmark model "${flags[@]}" "${small[@]}" --batch "$([ -n "$tiny" ] && echo 1 || echo 32)" ;;
loader) benchmark epoch "${flags[@]}" "${small[@]}" --workers 8 --batch 32 ;;
methods)
    "$python" -m benchmarks.compare_methods "${methods[@]}" \
        --out "$out/methods" ;;
*) echo "unknown part $part" >&2; exit 2 ;;
esac
