# RGB alone on MA-52, to start pcan_rgbpose_ma52.py from: one half of
# RGBPoseConv3D; Duan et al., "Revisiting Skeleton-based Action Recognition",
# CVPR 2022. The poses only tell where the person is.
#
#   python tools/train.py configs/rgbpose_rgb_ma52.py
#
# PCAN's authors released no recipe for it: this one is ours, not measured by
# us. Rate for a clip, decay and cosine are those of MMAction2 for NTU RGB+D,
# where 40,000 clips are seen 180 times from random weights; here 60 times from
# the weights of Kinetics-400.
_base_ = [
    'mmaction::_base_/models/slowonly_r50.py',
    '_base_/datasets/ma52_rgbpose.py', '_base_/schedules/sgd_rgbpose_30e.py',
    '_base_/default_runtime.py'
]

model = dict(backbone=dict(pretrained=None), cls_head=dict(num_classes=52))

rgb_sampling = dict(type='MMUniformSampleFrames', clip_len=dict(RGB=8))
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=_base_.meta_keys)
]
train_pipeline = [rgb_sampling, *_base_.train_images, *pack]
val_pipeline = [dict(rgb_sampling, test_mode=True), *_base_.val_images, *pack]
test_pipeline = [
    dict(rgb_sampling, num_clips=10, test_mode=True), *_base_.val_images, *pack
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

max_epochs = 60
train_cfg = dict(max_epochs=max_epochs, val_interval=3)
param_scheduler = [dict(_base_.cosine, T_max=max_epochs)]
optim_wrapper = dict(optimizer=dict(lr=0.15 * 10 / 96))  # for 10 clips
randomness = dict(seed=0)

load_from = 'https://download.openmmlab.com/mmaction/v1.0/recognition/slowonly/slowonly_r50_8xb16-8x8x1-256e_kinetics400-rgb/slowonly_r50_8xb16-8x8x1-256e_kinetics400-rgb_20220901-2132fc87.pth'  # noqa: E501
