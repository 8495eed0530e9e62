# TSM on MA-52: Lin et al., "TSM: Temporal Shift Module", ICCV 2019.
#
#   python tools/train.py configs/tsm_r50_ma52.py
#
# Reported by the MA-52 authors: action top-1 56.75, F1_mean 61.39. Not
# measured by us.
_base_ = [
    'mmaction::_base_/models/tsm_r50.py', '_base_/datasets/ma52.py',
    '_base_/schedules/sgd_tsm_80e.py', '_base_/default_runtime.py'
]

model = dict(cls_head=dict(num_classes=52))
