# The detector of `make demo-timeline`: all 52 classes, generated sessions of
# 64 x 80 pixels, the backbone from a recogniser of clips, which keeps its
# first stage. Not a benchmark of MMA-52.
#
#   export MMA52_ROOT=demo_out/data/sessions
#   python tools/train.py configs/manet_r18_mma52demo.py
_base_ = ['./manet_r18_mma52sample.py']

max_frames, stride = 64, 6  # 12.8 s at 30 fps, five steps per second
classes, channels, cells = 52, 128, 3 * 2
model = dict(
    backbone=dict(
        base_channels=16,
        shift_div=4,  # the recogniser's
        frozen_stages=1,  # saves a third of the time; already trained
        init_cfg=dict(
            type='Pretrained',
            checkpoint='demo_out/manet/epoch_8.pth',
            prefix='backbone.')),
    # For two or three actions at once: separate places, and the frame
    # scores as input.
    grid=(3, 2),  # rows and columns, all that is left of 64 x 80 pixels
    cascade=True,
    neck=dict(in_channels=cells * channels + classes),
    auxiliary_head=dict(in_channels=cells * channels),
    data_preprocessor=dict(max_frames=max_frames))

sampling = dict(_base_.sampling, max_frames=max_frames, stride=stride)
decode = dict(type='DecodeResized', scale=(64, 80), keep_ratio=False)
# It does not overfit: no random crops.
train_pipeline = [
    dict(type='OpenVideo'), sampling, decode, _base_.flip, *_base_.pack
]
val_pipeline = [
    dict(type='OpenVideo'),
    dict(sampling, test_mode=True), decode, *_base_.pack
]
test_pipeline = val_pipeline
train_dataloader = dict(
    batch_size=3,
    num_workers=1,
    dataset=dict(
        _delete_=True,
        type='ActionWindows',
        window=max_frames * stride / 30,
        rest=0.3,  # share of windows that may show nothing but rest
        per_epoch=1400,
        pipeline=train_pipeline,
        dataset=dict(
            type='MMA52Dataset', data_root=_base_.data_root, split='train')))
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 5
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
warmup_epochs = 0.05 * max_epochs
param_scheduler = [
    dict(_base_.warmup, start_factor=0.05, end=warmup_epochs),
    dict(
        _base_.cosine,
        T_max=0.95 * max_epochs,
        begin=warmup_epochs,
        end=max_epochs)
]
optim_wrapper = dict(
    optimizer=dict(lr=2e-3),
    paramwise_cfg=dict(custom_keys={'backbone.': dict(lr_mult=0.5)}))
auto_scale_lr = dict(base_batch_size=3)
custom_hooks = [*_base_.custom_hooks, dict(type='ChannelsLastHook')]
