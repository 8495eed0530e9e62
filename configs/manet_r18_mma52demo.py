# The detector of `make demo-timeline`: all 52 classes, generated sessions of
# 64 x 80 pixels, the backbone from a recogniser of clips, which keeps its
# first stage. No result on MMA-52 is meant.
#
#   export MMA52_ROOT=demo_out/data/sessions
#   python tools/train.py configs/manet_r18_mma52demo.py
_base_ = ['./manet_r18_mma52sample.py']

max_frames, stride = 64, 6  # 12.8 s at 30 fps, five steps a second
classes, channels, cells = 52, 128, 3 * 2
model = dict(
    backbone=dict(
        base_channels=16,
        shift_div=4,  # the recogniser's
        frozen_stages=1,  # a third of the time, and it has learnt them
        init_cfg=dict(
            type='Pretrained',
            checkpoint='demo_out/manet/epoch_8.pth',
            prefix='backbone.')),
    # Two or three actions at once: see where each is, and know what the
    # frames have learnt.
    grid=(3, 2),  # rows and columns, all that is left of 64 x 80 pixels
    cascade=True,
    neck=dict(in_channels=cells * channels + classes),
    auxiliary_head=dict(in_channels=cells * channels),
    data_preprocessor=dict(max_frames=max_frames))

scale = (64, 80)  # width and height in pixels
decode = dict(type='DecodeResized', scale=scale, keep_ratio=False)
train_pipeline = _base_.train_pipeline
train_pipeline[1].update(max_frames=max_frames, stride=stride)
train_pipeline[2:5] = [decode]  # it does not overfit: no random crops
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(max_frames=max_frames, stride=stride)
val_pipeline[2] = decode
train_dataloader = dict(
    batch_size=3,
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

max_epochs = 6
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=0.05 * max_epochs)
param_scheduler[1].update(
    T_max=0.95 * max_epochs, begin=0.05 * max_epochs, end=max_epochs)
optim_wrapper = dict(
    optimizer=dict(lr=2e-3),
    paramwise_cfg=dict(custom_keys={'backbone.': dict(lr_mult=0.5)}))
auto_scale_lr = dict(base_batch_size=3)
custom_hooks = [*_base_.custom_hooks, dict(type='ChannelsLastHook')]
