# SlowFast (4 x 16, ResNet-50) on MA-52: Feichtenhofer et al., "SlowFast
# Networks for Video Recognition", ICCV 2019. Starts from Kinetics-400.
#
#   python tools/train.py configs/slowfast_r50_ma52.py
#
# Reported by the MA-52 authors: action top-1 59.60, F1_mean 63.09. Not
# measured by us. The slow pathway sees 4 of the 32 frames, the fast one all.
_base_ = [
    'mmaction::_base_/models/slowfast_r50.py', '_base_/datasets/ma52_3d.py',
    'mmaction::_base_/schedules/sgd_50e.py', '_base_/default_runtime.py'
]

model = dict(cls_head=dict(num_classes=52))

# MMAction2's 0.1 is for 64 clips from scratch; fine-tuning needs less.
optim_wrapper = dict(optimizer=dict(lr=0.01 / 8))
auto_scale_lr = dict(enable=False, base_batch_size=8)

load_from = 'https://download.openmmlab.com/mmaction/v1.0/recognition/slowfast/slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb/slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb_20220901-701b0f6f.pth'  # noqa: E501
