# MA-52 for 3-D networks: one clip of 32 frames.
# A real clip has 45-75 frames, fewer than the 64 that 32 frames x stride 2
# want, and the host's SampleFrames would start again from the first frame: a
# jump that looks like a movement, and half of the clip seen twice.
# SpanSampleFrames keeps the stride where the clip is long enough, and else
# spreads the frames evenly over the whole clip.
_base_ = ['./ma52.py']

clip_len = 32  # frames
frame_interval = 2  # frames, at 30 fps

train_pipeline = [
    dict(type='OpenVideo'),
    dict(
        type='SpanSampleFrames',
        clip_len=clip_len,
        frame_interval=frame_interval),
    dict(type='DecodeResized', scale=(-1, 256)),
    dict(type='RandomResizedCrop'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=_base_.meta_keys)
]
val_pipeline = [
    dict(type='OpenVideo'),
    dict(
        type='SpanSampleFrames',
        clip_len=clip_len,
        frame_interval=frame_interval,
        test_mode=True),
    dict(type='DecodeResized', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=224),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=_base_.meta_keys)
]
test_pipeline = val_pipeline

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(batch_size=8, dataset=dict(pipeline=test_pipeline))
