# ST-GCN++ on sample data: a quarter as wide, four blocks, 32 frames, from the
# points of generated clips (tools/data/make_sample_data.py).
#
#   export MA52_ROOT=data/ma52
#   python tools/train.py configs/stgcnpp_ma52sample.py
#
# Measured on 416 clips of people not seen in training, one seed, trained on
# 2,080 (--balanced --clips-per-class 40 --size 64x80) for 3 minutes of one
# core: action top-1 96.9, body 100; with a rate of 0.03 93.0, with 0.3 91.6.
_base_ = ['./stgcnpp_ma52.py']

domain = 'drawn people only'
model = dict(
    backbone=dict(
        base_channels=16,
        num_stages=4,
        inflate_stages=[2, 3],
        down_stages=[2, 3]),
    cls_head=dict(in_channels=64))

sampling = dict(_base_.sampling, clip_len=32)
train_inputs = [sampling, *_base_.pack]
val_inputs = [dict(sampling, test_mode=True), *_base_.pack]
train_pipeline = [_base_.flip, _base_.norm, _base_.features, *train_inputs]
val_pipeline = [_base_.norm, _base_.features, *val_inputs]
test_pipeline = val_pipeline
loading = dict(batch_size=16, num_workers=1)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = val_dataloader

max_epochs = 5
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = [dict(_base_.cosine, T_max=max_epochs)]
optim_wrapper = dict(optimizer=dict(lr=0.1))
auto_scale_lr = dict(base_batch_size=16)
default_hooks = dict(logger=dict(interval=10))
