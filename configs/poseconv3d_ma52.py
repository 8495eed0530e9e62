# PoseC3D on MA-52: Duan et al., "Revisiting Skeleton-based Action
# Recognition", CVPR 2022.
#
#   python tools/train.py configs/poseconv3d_ma52.py
#
# No number is published for MA-52 and these 28 points; not measured by us. All
# but points and labels is MMAction2's recipe for NTU RGB+D, whose 24 epochs go
# ten times through the data.
_base_ = [
    '_base_/models/poseconv3d.py', '_base_/datasets/ma52_pose.py',
    '_base_/schedules/sgd_skeleton_80e.py', '_base_/default_runtime.py'
]

cut = [
    dict(type='PoseDecode'),
    dict(type='PoseCompact', hw_ratio=1., allow_imgpad=True)
]
train_images = [
    *cut,
    dict(type='Resize', scale=(-1, 64)),  # pixels
    dict(type='RandomResizedCrop', area_range=(0.56, 1.0)),
    dict(type='Resize', scale=(56, 56), keep_ratio=False),
    _base_.flip
]
val_images = [
    *cut,
    dict(type='Resize', scale=(-1, 64)),
    dict(type='CenterCrop', crop_size=64)
]
heat_map = dict(type='GeneratePoseTarget', sigma=0.6)  # pixels
pack = [
    dict(type='FormatShape', input_format='NCTHW_Heatmap'),
    dict(type='PackActionInputs', meta_keys=_base_.meta_keys)
]
train_pipeline = [_base_.sampling, *train_images, heat_map, *pack]
val_pipeline = [
    dict(_base_.sampling, test_mode=True), *val_images, heat_map, *pack
]
# Ten samplings of frames, each also mirrored.
test_pipeline = [
    dict(_base_.sampling, num_clips=10, test_mode=True), *val_images,
    dict(heat_map, double=True, **_base_.points), *pack
]
# Theirs is 16 on each of 8 GPUs.
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=16, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(batch_size=1, dataset=dict(pipeline=test_pipeline))

max_epochs = 240
train_cfg = dict(max_epochs=max_epochs, val_begin=10, val_interval=10)
param_scheduler = [dict(_base_.cosine, T_max=max_epochs)]
optim_wrapper = dict(
    optimizer=dict(lr=0.2 * 16 / 128, weight_decay=0.0003, nesterov=False),
    clip_grad=dict(max_norm=40, norm_type=2))
auto_scale_lr = dict(base_batch_size=16)
randomness = dict(seed=0)
