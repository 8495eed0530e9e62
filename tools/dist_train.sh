#!/usr/bin/env bash
# Train on several GPUs (or, without GPU, in several processes with gloo).
#   tools/dist_train.sh CONFIG NUM_PROCESSES [flags of tools/train.py ...]
# Several machines: NNODES, NODE_RANK, MASTER_ADDR, PORT as environment.
# MAX_RESTARTS (0): how often all start again, with --resume, when one dies.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,5s/^# //p' "$0"; exit 2; }
config=$1 processes=$2 restarts=${MAX_RESTARTS:-0} nodes=${NNODES:-1}
address=${MASTER_ADDR:-127.0.0.1} port=${PORT:-29500}
place=(--node_rank="${NODE_RANK:-0}" --master_addr="$address" --master_port="$port")
if [ "$restarts" -gt 0 ]; then
    set -- "$@" --resume
    # The store of a static rendezvous keeps what the lost processes wrote.
    export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
    place=(--rdzv_backend=c10d --rdzv_endpoint="$address:$port" --rdzv_id="$port")
    [ "$nodes" -gt 1 ] || place+=(--local_addr="$address")
fi
exec python -m mmaction_microaction_cli.launch \
    --nnodes="$nodes" --nproc_per_node="$processes" \
    --max_restarts="$restarts" "${place[@]}" \
    "$(dirname "$0")/train.py" "$config" --launcher pytorch "${@:3}"
