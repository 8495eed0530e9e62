# MANet on MA-52: Guo et al., "Benchmarking Micro-action Recognition: Dataset,
# Methods, and Applications", IEEE TCSVT 34(7), 2024.
#
#   python tools/train.py configs/manet_r50_ma52.py
#
# Reported on the test split: action top-1 61.33, top-5 88.83, body top-1
# 78.95, F1_mean 65.59. Not measured by us.
_base_ = [
    '_base_/models/manet_r50.py', '_base_/datasets/ma52.py',
    '_base_/schedules/sgd_tsm_80e.py', '_base_/default_runtime.py'
]

randomness = dict(seed=0)
