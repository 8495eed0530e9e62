#!/usr/bin/env bash
# Under Slurm: an array of PARTS tasks, one part of the files each.
#   tools/slurm_infer.sh PARTITION JOB_NAME PARTS CONFIG CHECKPOINT VIDEO ... --out DIR [flags of tools/infer.py ...]
# Afterwards, call tools/infer.py with the same arguments: it completes the rest.
# Environment: GPUS (1, for each task), CPUS_PER_TASK (5), ARRAY (parts to run, e.g. 3,7 to repeat two), SBATCH_ARGS,
# TOOL (infer.py; data/prepare_videos.py or data/extract_pose.py, with their arguments after PARTS).
set -euo pipefail
if [ "${1:-}" = --task ]; then  # on the machine of a task
    exec python "$3" "${@:4}" --shard "$SLURM_ARRAY_TASK_ID/$2"
fi
[ $# -ge 4 ] || { sed -n '2,6s/^# //p' "$0"; exit 2; }
partition=$1 job_name=$2 parts=$3
[[ $parts =~ ^[1-9][0-9]*$ ]] || { echo "PARTS must be a number from 1 on, but is $parts"; exit 2; }
gpus=${GPUS:-1}
tool="$(cd "$(dirname "$0")" && pwd)/${TOOL:-infer.py}"
[ -f "$tool" ] || { echo "there is no tool $tool"; exit 2; }
# shellcheck disable=SC2046,SC2086
exec sbatch -p "$partition" --job-name="$job_name" \
    --array="${ARRAY:-0-$((parts - 1))}" $([ "$gpus" = 0 ] || echo "--gres=gpu:$gpus") \
    --cpus-per-task="${CPUS_PER_TASK:-5}" ${SBATCH_ARGS:-} \
    "$0" --task "$parts" "$tool" "${@:4}"
