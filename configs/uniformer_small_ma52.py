# UniFormer-S on MA-52: Li et al., "UniFormer: Unified Transformer for
# Efficient Spatiotemporal Representation Learning", ICLR 2022. Starts from
# Kinetics-400.
#
#   python tools/train.py configs/uniformer_small_ma52.py
#
# Reported by the MA-52 paper (not checked): action top-1 58.89, F1_mean 64.43.
# Not measured by us. MMAction2 has no training recipe for it; this one is
# Swin's.
_base_ = [
    '_base_/models/uniformer_small.py', '_base_/datasets/ma52_3d.py',
    '_base_/schedules/adamw_40e.py', '_base_/default_runtime.py'
]

sampling = dict(_base_.sampling, clip_len=16, frame_interval=4)
train_frames = [dict(type='OpenVideo'), sampling]
val_frames = [dict(type='OpenVideo'), dict(sampling, test_mode=True)]
train_pipeline = [*train_frames, *_base_.train_images, *_base_.pack]
val_pipeline = [*val_frames, *_base_.val_images, *_base_.pack]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

# Swin's constructor multiplies the factors of all keys that match a parameter.
optim_wrapper = dict(
    constructor='SwinOptimWrapperConstructor',
    paramwise_cfg=dict(
        norm=dict(decay_mult=0.),
        bias=dict(decay_mult=0.),
        backbone=dict(lr_mult=0.1)))

load_from = 'https://download.openmmlab.com/mmaction/v1.0/recognition/uniformerv1/uniformer-small_imagenet1k-pre_16x4x1_kinetics400-rgb_20221219-c630a037.pth'  # noqa: E501
