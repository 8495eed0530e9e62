# MANet on sample data: half as wide, 18 layers deep, from random weights, on
# generated clips of 80 x 96 pixels (tools/data/make_sample_data.py). Ten
# minutes on two cores, `make demo` takes less. Not a benchmark of MA-52.
#
#   export MA52_ROOT=data/ma52
#   python tools/train.py configs/manet_r18_ma52sample.py
_base_ = [
    '_base_/models/manet_r50.py', '_base_/datasets/ma52.py',
    '_base_/schedules/adamw_40e.py', '_base_/default_runtime.py'
]

domain = 'drawn people only'  # what it is for; results say so
num_segments = 8
model = dict(
    # Half the width, twice the share: as many shifted channels as MANet.
    backbone=dict(depth=18, base_channels=32, shift_div=4, pretrained=None),
    cls_head=dict(in_channels=256, dropout_ratio=0.2),
    # What moves decides here, not what stays; see ClipMeanDataPreprocessor.
    data_preprocessor=dict(
        type='ClipMeanDataPreprocessor', num_segments=num_segments))

# The clips have the right size already: only shift and scale them a little.
decode = dict(type='DecodeResized', scale=(80, 96), keep_ratio=False)
crop = dict(
    type='RandomResizedCrop',
    area_range=(0.8, 1.0),
    aspect_ratio_range=(0.78, 0.88))
train_images = [
    decode, crop,
    dict(type='Resize', scale=(80, 96), keep_ratio=False), _base_.flip
]
val_images = [decode]
train_pipeline = [*_base_.train_frames, *train_images, *_base_.pack]
val_pipeline = [*_base_.val_frames, *val_images, *_base_.pack]
test_pipeline = val_pipeline

loading = dict(num_workers=2, persistent_workers=True)
train_dataloader = dict(
    batch_size=16, dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(
    batch_size=16, dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = val_dataloader

max_epochs = 10
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
warmup_epochs = 0.1 * max_epochs
param_scheduler = [
    dict(_base_.warmup, start_factor=0.05, end=warmup_epochs),
    dict(
        _base_.cosine,
        T_max=0.9 * max_epochs,
        begin=warmup_epochs,
        end=max_epochs)
]
optim_wrapper = dict(optimizer=dict(lr=2e-3))
auto_scale_lr = dict(enable=False, base_batch_size=16)
default_hooks = dict(logger=dict(interval=10))
randomness = dict(seed=0)
