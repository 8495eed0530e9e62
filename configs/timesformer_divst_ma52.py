# TimeSformer (divided attention) on MA-52: Bertasius et al., "Is Space-Time
# Attention All You Need for Video Understanding?", ICML 2021. Starts from an
# ImageNet ViT-B/16.
#
#   python tools/train.py configs/timesformer_divst_ma52.py
#
# Reported by the MA-52 paper (not checked): action top-1 40.67, F1_mean
# 51.53. Not measured by us.
_base_ = [
    '_base_/models/timesformer_divst.py', '_base_/datasets/ma52_3d.py',
    'mmaction::_base_/schedules/sgd_50e.py', '_base_/default_runtime.py'
]

# 8 frames spread over the clip; MMAction2's stride of 32 never fits.
sampling = dict(_base_.sampling, clip_len=8, frame_interval=32)
train_frames = [dict(type='OpenVideo'), sampling]
val_frames = [dict(type='OpenVideo'), dict(sampling, test_mode=True)]
train_pipeline = [*train_frames, *_base_.train_images, *_base_.pack]
val_pipeline = [*val_frames, *_base_.val_images, *_base_.pack]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

# MMAction2's 0.005 is for 8 GPUs of 8 clips, 15 epochs of Kinetics.
optim_wrapper = dict(
    optimizer=dict(lr=0.005 / 8, nesterov=True),
    paramwise_cfg=dict(
        custom_keys={
            'backbone.cls_token': dict(decay_mult=0.0),
            'backbone.pos_embed': dict(decay_mult=0.0),
            'backbone.time_embed': dict(decay_mult=0.0)
        }))
auto_scale_lr = dict(enable=False, base_batch_size=8)
