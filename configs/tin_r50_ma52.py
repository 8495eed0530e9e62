# TIN on MA-52: Shao et al., "Temporal Interlacing Network", AAAI 2020.
#
#   python tools/train.py configs/tin_r50_ma52.py
#
# Reported by the MA-52 paper (not checked): action top-1 52.81, F1_mean
# 58.22. Not measured by us. The shift runs in plain PyTorch with its true
# gradient (models/layers/tin_shift.py), on CPU as well.
_base_ = [
    'mmaction::_base_/models/tin_r50.py', '_base_/datasets/ma52.py',
    '_base_/schedules/sgd_tsm_80e.py', '_base_/default_runtime.py'
]

model = dict(cls_head=dict(num_classes=52))
