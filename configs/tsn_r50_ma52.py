# TSN on MA-52: Wang et al., "Temporal Segment Networks", ECCV 2016.
#
#   python tools/train.py configs/tsn_r50_ma52.py
#
# Reported by the MA-52 paper (not checked): action top-1 34.46, F1_mean
# 43.67. Not measured by us.
_base_ = [
    'mmaction::_base_/models/tsn_r50.py', '_base_/datasets/ma52.py',
    '_base_/schedules/sgd_tsm_80e.py', '_base_/default_runtime.py'
]

model = dict(
    backbone=dict(pretrained='torchvision://resnet50'),
    cls_head=dict(num_classes=52, dropout_ratio=0.5, init_std=0.001))

# The plain constructor: fc_lr5 is for TSM and similar methods.
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.00125, momentum=0.9, weight_decay=0.0001),
    clip_grad=dict(max_norm=40, norm_type=2))
