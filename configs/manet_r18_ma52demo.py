# MANet for `make demo`: a fraction of the work of manet_r18_ma52sample,
# on generated clips of 64 x 80 pixels (tools/data/make_sample_data.py
# --size 64x80 --balanced --clips-per-class 28). No result on MA-52 is meant.
#
#   export MA52_ROOT=demo_out/data/ma52
#   python tools/train.py configs/manet_r18_ma52demo.py
_base_ = ['./manet_r18_ma52sample.py']

model = dict(backbone=dict(base_channels=16), cls_head=dict(in_channels=128))

scale = (64, 80)  # width and height in pixels
train_pipeline = _base_.train_pipeline
train_pipeline[2].update(scale=scale)
train_pipeline[4].update(scale=scale)
val_pipeline = _base_.val_pipeline
val_pipeline[2].update(scale=scale)
# One worker beside the network: reading takes 3 ms a clip, a step 12.
train_dataloader = dict(num_workers=1, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))

max_epochs = 8
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=0.1 * max_epochs)
param_scheduler[1].update(
    T_max=0.9 * max_epochs, begin=0.1 * max_epochs, end=max_epochs)
custom_hooks = [*_base_.custom_hooks, dict(type='ChannelsLastHook')]
