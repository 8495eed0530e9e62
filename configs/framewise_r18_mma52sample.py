# Baseline of manet_r18_mma52sample.py: the same backbone, one linear
# layer for every frame, and thresholds.
#
#   export MMA52_ROOT=demo_out/data/mma52
#   python tools/train.py configs/framewise_r18_mma52sample.py
_base_ = ['./manet_r18_mma52sample.py']

model = dict(
    neck=None,
    auxiliary_head=None,
    head=dict(
        _delete_=True, type='FramewiseHead', num_classes=52, in_channels=256))
