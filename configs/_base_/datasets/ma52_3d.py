# MA-52 for 3-D networks: one clip of 32 frames.
# A real clip has 45-75 frames, often fewer than 32 frames x stride 2 = 64, and
# MMAction2's SampleFrames would restart from the first frame: a jump that
# looks like a movement, and half of the clip twice. SpanSampleFrames keeps the
# stride if the clip is long enough, and otherwise spreads the frames evenly.
_base_ = ['./ma52.py']

# 32 frames, every second one: 2.1 s at 30 fps.
sampling = dict(type='SpanSampleFrames', clip_len=32, frame_interval=2)
train_frames = [dict(type='OpenVideo'), sampling]
val_frames = [dict(type='OpenVideo'), dict(sampling, test_mode=True)]
train_images = [
    _base_.decode,
    dict(type='RandomResizedCrop'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False), _base_.flip
]
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=_base_.meta_keys)
]
train_pipeline = [*train_frames, *train_images, *pack]
val_pipeline = [*val_frames, *_base_.val_images, *pack]
test_pipeline = val_pipeline

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(batch_size=8, dataset=dict(pipeline=test_pipeline))
