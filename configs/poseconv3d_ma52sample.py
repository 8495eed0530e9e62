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

train_pipeline = _base_.train_pipeline
train_pipeline[0].update(clip_len=16)
train_pipeline[3].update(scale=(-1, 52))
train_pipeline[4].update(area_range=(0.8, 1.0))
train_pipeline[5].update(scale=(48, 48))
val_pipeline = _base_.val_pipeline
val_pipeline[0].update(clip_len=16)
val_pipeline[3].update(scale=(-1, 48))
val_pipeline[4].update(crop_size=48)
loading = dict(batch_size=16, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)

max_epochs = 5
train_cfg = dict(
    max_epochs=max_epochs, val_begin=max_epochs, val_interval=max_epochs)
param_scheduler = [dict(_base_.param_scheduler[0], T_max=max_epochs)]
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.05))
default_hooks = dict(logger=dict(interval=10))
