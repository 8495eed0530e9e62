# The detector in small, on generated clips of 80 x 96 pixels
# (tools/data/make_sample_data.py --tasks mma52): minutes on two cores, from
# random weights. Not a benchmark of MMA-52.
#
#   export MMA52_ROOT=demo_out/data/mma52
#   python tools/train.py configs/manet_r18_mma52sample.py
_base_ = [
    '_base_/models/manet_r50_detection.py', '_base_/datasets/mma52.py',
    '_base_/schedules/adamw_100e_detection.py', '_base_/detection_runtime.py'
]

domain = 'drawn people only'  # intended use, shown with results
max_frames = 96  # grid steps of the window
stride = 4  # frames: 7.5 steps per second, fewer in long clips
channels = 128
model = dict(
    backbone=dict(
        depth=18,
        base_channels=32,
        pretrained=None,
        with_cp=False,
        norm_eval=False),
    neck=dict(
        in_channels=256, channels=channels, num_levels=5, window=9,
        dropout=0.),
    head=dict(
        in_channels=channels,
        num_levels=5,
        init_normalizer=150.,
        # In so few steps the frames learn better than the points.
        contrast_weight=0.75),
    auxiliary_head=dict(in_channels=256),
    # Remove the static content; see ClipMeanDataPreprocessor.
    data_preprocessor=dict(max_frames=max_frames, subtract_clip_mean=True))

# The clips already have the right size: only shift and scale them slightly.
sampling = dict(_base_.sampling, max_frames=max_frames, stride=stride)
train_frames = [dict(type='OpenVideo'), sampling]
val_frames = [dict(type='OpenVideo'), dict(sampling, test_mode=True)]
decode = dict(type='DecodeResized', scale=(80, 96), keep_ratio=False)
train_images = [
    decode,
    dict(
        type='RandomResizedCrop',
        area_range=(0.8, 1.0),
        aspect_ratio_range=(0.78, 0.88)),
    dict(type='Resize', scale=(80, 96), keep_ratio=False), _base_.flip
]
val_images = [decode]
train_pipeline = [*train_frames, *train_images, *_base_.pack]
val_pipeline = [*val_frames, *val_images, *_base_.pack]
test_pipeline = val_pipeline

batch_size = 4
loading = dict(batch_size=batch_size, num_workers=2)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loading)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loading)
test_dataloader = val_dataloader

# Few classes occur in the sample data: average over those.
val_evaluator = dict(flavour='opentad')
test_evaluator = dict(flavour='opentad')

max_epochs = 12
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
optim_wrapper = dict(optimizer=dict(lr=1e-3))
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
# In so few steps a slow mean would stay near the random weights.
custom_hooks = _base_.plain_hooks
default_hooks = dict(logger=dict(interval=10))
randomness = dict(seed=0)
