# TSN beside MANet in the demonstration: the same network without gate and
# shift; frame scores are averaged, so their order has no effect.
#
#   export MA52_ROOT=demo_out/data/ma52
#   python tools/train.py configs/tsn_r18_ma52demo.py
_base_ = ['./manet_r18_ma52demo.py']

model = dict(
    backbone=dict(shift_stages=(), gate_stages=()),
    cls_head=dict(
        _delete_=True,
        type='TSNHead',
        num_classes=52,
        in_channels=128,
        dropout_ratio=0.2,
        average_clips='prob'))
