# MMA-52, the classes that occur in a clip: the frames of ma52.py, but 16 of
# them, as a clip lasts 5 to 15 seconds; labels are multi-hot.
_base_ = ['./ma52.py']

data_root = '{{$MMA52_ROOT:data/mma52}}'
num_segments = 16  # T, one frame from each sixteenth of the clip

segments = dict(_base_.segments, num_clips=num_segments)
train_frames = [dict(type='OpenVideo'), segments]
val_frames = [dict(type='OpenVideo'), dict(segments, test_mode=True)]
train_pipeline = [*train_frames, *_base_.train_images, *_base_.pack]
val_pipeline = [*val_frames, *_base_.val_images, *_base_.pack]
test_pipeline = val_pipeline

dataset = dict(type='MMA52Dataset', data_root=data_root, task='multilabel')
train_dataloader = dict(
    batch_size=5, dataset=dict(pipeline=train_pipeline, **dataset))
val_dataloader = dict(
    batch_size=5, dataset=dict(pipeline=val_pipeline, **dataset))
test_dataloader = dict(
    batch_size=5, dataset=dict(pipeline=test_pipeline, **dataset))

val_evaluator = dict(_delete_=True, type='MultiLabelMicroActionMetric')
test_evaluator = dict(_delete_=True, type='MultiLabelMicroActionMetric')
