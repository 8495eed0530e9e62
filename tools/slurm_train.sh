#!/usr/bin/env bash
# Train under Slurm: srun starts one torchrun on every machine.
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG [flags of tools/train.py ...]
# Environment: GPUS (8, all machines together), GPUS_PER_NODE (8),
# CPUS_PER_TASK (5, for each GPU), SRUN_ARGS, PORT (29500).
# Preempted, or STOP_SECONDS (120) before its time limit, the training saves
# and exits with 75; it is then queued again, with --resume: a job of sbatch by
# scontrol, any other by another srun.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,8s/^# //p' "$0"; exit 2; }
partition=$1 job_name=$2 config=$3
gpus=${GPUS:-8} per_node=${GPUS_PER_NODE:-8}
[ "$gpus" -ge "$per_node" ] || per_node=$gpus
[ $((gpus % per_node)) -eq 0 ] || { echo "GPUS=$gpus is not a multiple of GPUS_PER_NODE=$per_node"; exit 2; }
nodes=$((gpus / per_node))
tool="$(cd "$(dirname "$0")" && pwd)/train.py"
[ "${SLURM_RESTART_COUNT:-0}" -eq 0 ] || set -- "$@" --resume
trap : TERM  # sbatch's shell gets it as well
while true; do
    code=0
    # The first machine of the allocation is known on the machines only.
    # shellcheck disable=SC2016,SC2086
    srun -p "$partition" --job-name="$job_name" \
        --nodes="$nodes" --ntasks-per-node=1 --gres="gpu:$per_node" \
        --cpus-per-task="$((per_node * ${CPUS_PER_TASK:-5}))" \
        --kill-on-bad-exit=1 --signal="TERM@${STOP_SECONDS:-120}" ${SRUN_ARGS:-} \
        bash -c 'exec python -m mmaction_microaction_cli.launch --nnodes="$1" \
            --nproc_per_node="$2" --node_rank="$SLURM_NODEID" \
            --master_addr="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)" \
            --master_port="$3" "${@:4}"' \
        _ "$nodes" "$per_node" "${PORT:-29500}" \
        "$tool" "$config" --launcher pytorch "${@:4}" || code=$?
    [ "$code" -eq 75 ] || exit "$code"
    echo "slurm_train.sh: stopped by SIGTERM, goes into the queue again"
    if [ -n "${SLURM_JOB_ID:-}" ]; then
        scontrol requeue "$SLURM_JOB_ID"
        exit "$code"
    fi
    set -- "$@" --resume
done
