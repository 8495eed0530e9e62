# rgbpose_pose_ma52.py on sample data (tools/data/make_sample_data.py): a
# quarter as wide, 18 layers deep, heat maps of 16 x 16 pixels; minutes on two
# cores. Not a benchmark of MA-52.
#
#   export MA52_ROOT=data/ma52
#   python tools/train.py configs/rgbpose_pose_ma52sample.py
_base_ = ['./rgbpose_pose_ma52.py']

domain = 'drawn people only'
model = dict(
    backbone=dict(depth=18, base_channels=8, stage_blocks=(2, 2, 2)),
    cls_head=dict(in_channels=32, dropout_ratio=0.2),
    # What moves decides here, not what stays; see ClipMeanDataPreprocessor.
    data_preprocessor=dict(
        type='ClipMeanDataPreprocessor', format_shape='NCTHW'))

val_images = [
    *_base_.cut,
    dict(type='Resize', scale=(16, 16), keep_ratio=False)
]
train_images = [
    *_base_.cut,
    dict(type='Resize', scale=(18, 18), keep_ratio=False),
    dict(type='RandomResizedCrop', area_range=(0.8, 1.0)),
    dict(type='Resize', scale=(16, 16), keep_ratio=False), _base_.flip
]
train_pipeline = [_base_.sampling, *train_images, *_base_.pack]
val_pipeline = [
    dict(_base_.sampling, test_mode=True), *val_images, *_base_.pack
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
