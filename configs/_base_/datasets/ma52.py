# MA-52 for 2-D networks: 8 frames, one from each eighth of the clip.
# The layout under the root is found by itself; see docs in MA52Dataset.
data_root = '{{$MA52_ROOT:data/ma52}}'
num_segments = 8  # T

# What travels to the predictions beside the scores.
meta_keys = ('img_shape', 'clip_name')

# OpenVideo and DecodeResized stand for DecordInit, DecordDecode and Resize:
# the same pictures in about half of the time (docs/performance.md).
train_pipeline = [
    dict(type='OpenVideo'),
    dict(
        type='SampleFrames',
        clip_len=1,
        frame_interval=1,
        num_clips=num_segments),
    dict(type='DecodeResized', scale=(-1, 256)),  # short side, in pixels
    dict(
        type='MultiScaleCrop',
        input_size=224,
        scales=(1, 0.875, 0.75, 0.66),
        random_crop=False,
        num_fixed_crops=13,
        max_wh_scale_gap=1),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
# One clip and the centre crop, for validation and test alike (the paper).
val_pipeline = [
    dict(type='OpenVideo'),
    dict(
        type='SampleFrames',
        clip_len=1,
        frame_interval=1,
        num_clips=num_segments,
        test_mode=True),
    dict(type='DecodeResized', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=224),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
test_pipeline = val_pipeline

train_dataloader = dict(
    batch_size=10,  # clips on one GPU
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='MA52Dataset',
        data_root=data_root,
        split='train',
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=10,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='MA52Dataset',
        data_root=data_root,
        split='val',
        pipeline=val_pipeline,
        test_mode=True))
# The labels of the official test list are hidden, so `tools/test.py` scores
# the validation split. For a challenge file: --cfg-options
# test_dataloader.dataset.split=test, --dump,
# tools/challenge/make_submission.py.
test_dataloader = dict(
    batch_size=10,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='MA52Dataset',
        data_root=data_root,
        split='val',
        pipeline=test_pipeline,
        test_mode=True))

val_evaluator = dict(type='MicroActionMetric')
test_evaluator = dict(type='MicroActionMetric')
