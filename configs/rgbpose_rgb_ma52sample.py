# rgbpose_rgb_ma52.py on sample data (tools/data/make_sample_data.py): of 18
# layers, a quarter as wide, 64 x 64 pixels, from random weights; minutes on
# two cores. No result on MA-52 is meant.
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

train_pipeline = _base_.train_pipeline
train_pipeline[3].update(scale=(72, 72))
train_pipeline[4].update(area_range=(0.8, 1.0))
train_pipeline[5].update(scale=(64, 64))
val_pipeline = _base_.val_pipeline
val_pipeline[3].update(scale=(64, 64))
loading = dict(batch_size=16, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)

max_epochs = 5
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = [dict(_base_.param_scheduler[0], T_max=max_epochs)]
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.05))
auto_scale_lr = dict(base_batch_size=16)
load_from = None
