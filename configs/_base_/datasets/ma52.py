# MA-52 for 2-D networks: 8 frames, one from each eighth of the clip.
# Both layouts of the root are detected; see MA52Dataset.
data_root = '{{$MA52_ROOT:data/ma52}}'
num_segments = 8  # T

# What travels to the predictions beside the scores.
meta_keys = ('img_shape', 'clip_name')

# A pipeline is frames + images + pack: a config replaces one of the three and
# restates the pipelines. (mmengine replaces a list whole, but merges a dict.)
# OpenVideo and DecodeResized replace DecordInit, DecordDecode and Resize: the
# same images in about half the time (docs/performance.md).
segments = dict(
    type='SampleFrames', clip_len=1, frame_interval=1, num_clips=num_segments)
train_frames = [dict(type='OpenVideo'), segments]
val_frames = [dict(type='OpenVideo'), dict(segments, test_mode=True)]
decode = dict(type='DecodeResized', scale=(-1, 256))  # short side, in pixels
flip = dict(type='Flip', flip_ratio=0.5)
train_images = [
    decode,
    dict(
        type='MultiScaleCrop',
        input_size=224,
        scales=(1, 0.875, 0.75, 0.66),
        random_crop=False,
        num_fixed_crops=13,
        max_wh_scale_gap=1),
    dict(type='Resize', scale=(224, 224), keep_ratio=False), flip
]
val_images = [decode, dict(type='CenterCrop', crop_size=224)]
pack = [
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
train_pipeline = [*train_frames, *train_images, *pack]
# One clip and the centre crop, for validation and test alike (the paper).
val_pipeline = [*val_frames, *val_images, *pack]
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
test_dataloader = val_dataloader

val_evaluator = dict(type='MicroActionMetric')
test_evaluator = dict(type='MicroActionMetric')
