# PoseC3D on sample data: half as wide, less deep and less fine, 16 frames of
# 48 x 48 pixels from the points of generated clips
# (tools/data/make_sample_data.py).
#
#   export MA52_ROOT=data/ma52
#   python tools/train.py configs/poseconv3d_ma52sample.py
#
# Measured as in stgcnpp_ma52sample.py, with 4 epochs, 7 minutes of one core:
# action top-1 59.1, body 87.7; with a rate of 5e-4 22.8 and 55.8. As it is, on
# 832 clips, three seeds: docs/pose.md.
_base_ = ['./poseconv3d_ma52.py']

domain = 'drawn people only'
model = dict(
    backbone=dict(base_channels=16, stage_blocks=(1, 1, 1), conv1_stride_s=2),
    cls_head=dict(in_channels=256, dropout_ratio=0.2))

sampling = dict(_base_.sampling, clip_len=16)
train_pipeline = [
    sampling, *_base_.cut,
    dict(type='Resize', scale=(-1, 52)),
    dict(type='RandomResizedCrop', area_range=(0.8, 1.0)),
    dict(type='Resize', scale=(48, 48), keep_ratio=False), _base_.flip,
    _base_.heat_map, *_base_.pack
]
val_pipeline = [
    dict(sampling, test_mode=True), *_base_.cut,
    dict(type='Resize', scale=(-1, 48)),
    dict(type='CenterCrop', crop_size=48), _base_.heat_map, *_base_.pack
]
test_pipeline = val_pipeline
loading = dict(batch_size=16, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = val_dataloader

max_epochs = 5
train_cfg = dict(
    max_epochs=max_epochs, val_begin=max_epochs, val_interval=max_epochs)
param_scheduler = [dict(_base_.cosine, T_max=max_epochs)]
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.05))
default_hooks = dict(logger=dict(interval=10))
