#!/usr/bin/env bash
# Test under Slurm: srun starts one torchrun on every machine.
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [flags of tools/test.py ...]
# Environment: GPUS (8, all machines together), GPUS_PER_NODE (8),
# CPUS_PER_TASK (5, for each GPU), SRUN_ARGS, PORT (29500).
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,5s/^# //p' "$0"; exit 2; }
partition=$1 job_name=$2 config=$3 checkpoint=$4
gpus=${GPUS:-8} per_node=${GPUS_PER_NODE:-8}
[ "$gpus" -ge "$per_node" ] || per_node=$gpus
[ $((gpus % per_node)) -eq 0 ] || { echo "GPUS=$gpus is not a multiple of GPUS_PER_NODE=$per_node"; exit 2; }
nodes=$((gpus / per_node))
tool="$(cd "$(dirname "$0")" && pwd)/test.py"
# The first machine of the allocation is known on the machines only.
# shellcheck disable=SC2016,SC2086
exec srun -p "$partition" --job-name="$job_name" \
    --nodes="$nodes" --ntasks-per-node=1 --gres="gpu:$per_node" \
    --cpus-per-task="$((per_node * ${CPUS_PER_TASK:-5}))" \
    --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    bash -c 'exec python -m torch.distributed.run --nnodes="$1" \
        --nproc_per_node="$2" --node_rank="$SLURM_NODEID" \
        --master_addr="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)" \
        --master_port="$3" "${@:4}"' \
    _ "$nodes" "$per_node" "${PORT:-29500}" \
    "$tool" "$config" "$checkpoint" --launcher pytorch "${@:5}"
