#!/usr/bin/env bash
# Train on several GPUs (or, without GPU, in several processes with gloo).
#   tools/dist_train.sh CONFIG NUM_PROCESSES [flags of tools/train.py ...]
# Several machines: NNODES, NODE_RANK, MASTER_ADDR, PORT as environment.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
config=$1 processes=$2
exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --nproc_per_node="$processes" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$(dirname "$0")/train.py" "$config" --launcher pytorch "${@:3}"
