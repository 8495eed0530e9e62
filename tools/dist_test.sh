#!/usr/bin/env bash
# Test on several GPUs (or, without GPU, in several processes with gloo).
#   tools/dist_test.sh CONFIG CHECKPOINT NUM_PROCESSES [flags of tools/test.py ...]
# Several machines: NNODES, NODE_RANK, MASTER_ADDR, PORT as environment.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
config=$1 checkpoint=$2 processes=$3
exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --nproc_per_node="$processes" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$(dirname "$0")/test.py" "$config" "$checkpoint" --launcher pytorch "${@:4}"
