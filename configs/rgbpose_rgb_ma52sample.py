# rgbpose_rgb_ma52.py on sample data (tools/data/make_sample_data.py): of 18
# layers, a quarter as wide, 64 x 64 pixels, from random weights; minutes on
# two cores. Not a benchmark of MA-52.
#
#   export MA52_ROOT=data/ma52
#   python tools/train.py configs/rgbpose_rgb_ma52sample.py
_base_ = ['./rgbpose_rgb_ma52.py']

domain = 'drawn people only'
model = dict(
    backbone=dict(depth=18, base_channels=16),
    cls_head=dict(in_channels=128, dropout_ratio=0.2),
    # What moves decides here, not what stays; see ClipMeanDataPreprocessor.
    data_preprocessor=dict(type='ClipMeanDataPreprocessor'))

val_images = [
    *_base_.cut,
    dict(type='Resize', scale=(64, 64), keep_ratio=False)
]
train_images = [
    *_base_.cut,
    dict(type='Resize', scale=(72, 72), keep_ratio=False),
    dict(type='RandomResizedCrop', area_range=(0.8, 1.0)),
    dict(type='Resize', scale=(64, 64), keep_ratio=False), _base_.flip
]
train_pipeline = [_base_.rgb_sampling, *train_images, *_base_.pack]
val_pipeline = [
    dict(_base_.rgb_sampling, test_mode=True), *val_images, *_base_.pack
]
test_pipeline = val_pipeline
loading = dict(batch_size=16, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = val_dataloader

max_epochs = 5
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = [dict(_base_.cosine, T_max=max_epochs)]
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.05))
auto_scale_lr = dict(base_batch_size=16)
load_from = None
