# I3D (ResNet-50) on MA-52: Carreira and Zisserman, "Quo Vadis, Action
# Recognition?", CVPR 2017. Starts from inflated ImageNet weights.
#
#   python tools/train.py configs/i3d_r50_ma52.py
#
# Reported by the MA-52 authors: action top-1 57.07, F1_mean 61.66. Not
# measured by us.
_base_ = [
    'mmaction::_base_/models/i3d_r50.py', '_base_/datasets/ma52_3d.py',
    'mmaction::_base_/schedules/sgd_50e.py', '_base_/default_runtime.py'
]

model = dict(cls_head=dict(num_classes=52))

# MMAction2's 0.01 is for 8 GPUs of 8 clips.
optim_wrapper = dict(optimizer=dict(lr=0.01 / 8))
auto_scale_lr = dict(enable=False, base_batch_size=8)
