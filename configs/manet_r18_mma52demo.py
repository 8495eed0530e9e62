# The detector of `make demo-timeline`: all 52 classes, generated sessions of
# 64 x 80 pixels, the backbone from a recogniser of clips, which keeps its
# first stage. No result on MMA-52 is meant.
#
#   export MMA52_ROOT=demo_out/data/sessions
#   python tools/train.py configs/manet_r18_mma52demo.py
_base_ = ['./manet_r18_mma52sample.py']

max_frames, stride = 96, 4  # as in the base config: 12.8 s at 30 fps
model = dict(
    backbone=dict(
        base_channels=16,
        shift_div=4,  # the recogniser's
        frozen_stages=1,  # a third of the time, and it has learnt them
        init_cfg=dict(
            type='Pretrained',
            checkpoint='demo_out/manet/epoch_8.pth',
            prefix='backbone.')),
    neck=dict(in_channels=128),
    auxiliary_head=dict(in_channels=128))

scale = (64, 80)  # width and height in pixels
train_pipeline = _base_.train_pipeline
train_pipeline[2].update(scale=scale)
train_pipeline[4].update(scale=scale)
val_pipeline = _base_.val_pipeline
val_pipeline[2].update(scale=scale)
train_dataloader = dict(
    num_workers=1,
    dataset=dict(
        _delete_=True,
        type='ActionWindows',
        window=max_frames * stride / 30,
        rest=0.3,  # share of windows that may show nothing but rest
        per_epoch=1600,
        pipeline=train_pipeline,
        dataset=dict(
            type='MMA52Dataset', data_root=_base_.data_root, split='train')))
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))

max_epochs = 3
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=0.1 * max_epochs)
param_scheduler[1].update(
    T_max=0.9 * max_epochs, begin=0.1 * max_epochs, end=max_epochs)
custom_hooks = [*_base_.custom_hooks, dict(type='ChannelsLastHook')]
