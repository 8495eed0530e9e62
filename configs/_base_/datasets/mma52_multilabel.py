# MMA-52, which of the 52 occur in a clip: the frames of ma52.py, but 16 of
# them, as a clip lasts 5 to 15 seconds; labels are multi-hot.
_base_ = ['./ma52.py']

data_root = '{{$MMA52_ROOT:data/mma52}}'
num_segments = 16  # T, one frame from each sixteenth of the clip

train_pipeline = _base_.train_pipeline
train_pipeline[1].update(num_clips=num_segments)
val_pipeline = _base_.val_pipeline
val_pipeline[1].update(num_clips=num_segments)
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
