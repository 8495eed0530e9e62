# MANet for `make demo`: a fraction of the work of manet_r18_ma52sample,
# on generated clips of 64 x 80 pixels (tools/data/make_sample_data.py
# --size 64x80 --balanced --clips-per-class 28). Not a benchmark of MA-52.
#
#   export MA52_ROOT=demo_out/data/ma52
#   python tools/train.py configs/manet_r18_ma52demo.py
_base_ = ['./manet_r18_ma52sample.py']

model = dict(backbone=dict(base_channels=16), cls_head=dict(in_channels=128))

scale = (64, 80)  # width and height in pixels
decode = dict(type='DecodeResized', scale=scale, keep_ratio=False)
train_images = [
    decode, _base_.crop,
    dict(type='Resize', scale=scale, keep_ratio=False), _base_.flip
]
val_images = [decode]
train_pipeline = [*_base_.train_frames, *train_images, *_base_.pack]
val_pipeline = [*_base_.val_frames, *val_images, *_base_.pack]
test_pipeline = val_pipeline
# One worker beside the network: reading takes 3 ms a clip, a step 12.
train_dataloader = dict(num_workers=1, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 8
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
custom_hooks = [*_base_.custom_hooks, dict(type='ChannelsLastHook')]
