# pcan_rgbpose_ma52.py on sample data (tools/data/make_sample_data.py), after
# rgbpose_rgb_ma52sample.py and rgbpose_pose_ma52sample.py; minutes on two
# cores. Not a benchmark of MA-52.
#
#   export MA52_ROOT=data/ma52
#   python tools/convert/merge_rgbpose.py RGB.pth POSE.pth rgbpose.pth \
#       --config configs/pcan_rgbpose_ma52sample.py
#   python tools/train.py configs/pcan_rgbpose_ma52sample.py \
#       --cfg-options load_from=rgbpose.pth
_base_ = ['./pcan_rgbpose_ma52.py']

domain = 'drawn people only'
model = dict(
    backbone=dict(
        rgb_pathway=dict(depth=18, base_channels=16),
        pose_pathway=dict(depth=18, base_channels=8, stage_blocks=(2, 2, 2))),
    cls_head=dict(in_channels=(128, 32), dropout_ratio=0.2),
    data_preprocessor=dict(
        preprocessors=dict(
            imgs=dict(type='ClipMeanDataPreprocessor'),
            heatmap_imgs=dict(
                type='ClipMeanDataPreprocessor', format_shape='NCTHW'))))

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
train_pipeline = [_base_.rgbpose_sampling, *train_images, *_base_.pack]
val_pipeline = [
    dict(_base_.rgbpose_sampling, test_mode=True), *val_images, *_base_.pack
]
test_pipeline = val_pipeline
loading = dict(batch_size=16, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = val_dataloader

max_epochs = 3
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = [dict(_base_.cosine, T_max=max_epochs)]
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.05))
auto_scale_lr = dict(base_batch_size=16)
