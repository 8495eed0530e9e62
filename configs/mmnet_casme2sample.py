# MMNet in small, for drawn faces (tools/data/make_sample_data.py
# --tasks casme2 --faces 4): a quarter as wide, 112 x 112 pixels,
# five classes. Minutes for all folds on two cores. Says nothing about people.
#
#   python tools/micro_expression/loso.py configs/mmnet_casme2sample.py \
#       --workers 2
#   python tools/train.py configs/mmnet_casme2sample.py    # one fold
_base_ = ['./mmnet_casme2_5cls.py']

domain = 'drawn faces only'
size = 112  # pixels, 7 x 7 places
model = dict(
    backbone=dict(
        img_size=size,
        stem_channels=45,
        channels=(32, 32, 64, 128),
        calibration=dict(depth=1, mlp_ratio=2)),
    cls_head=dict(in_channels=128 * 7 * 7, init_std=0.007))

val_images = [dict(type='Resize', scale=(size, size), keep_ratio=False)]
train_images = [
    *val_images,
    dict(type='Flip', flip_ratio=0.5),
    dict(type='RotateFrames', degrees=3),
    dict(type='PadFrames', pixels=6),
    dict(type='RandomCrop', size=size)
]
train_pipeline = [*_base_.train_frames, *train_images, *_base_.pack]
val_pipeline = [*_base_.val_frames, *val_images, *_base_.pack]
test_pipeline = val_pipeline
loading = dict(batch_size=8, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = val_dataloader

max_epochs = 30
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=2e-3, weight_decay=0.05))
auto_scale_lr = dict(base_batch_size=8)
default_hooks = dict(logger=dict(interval=4))
