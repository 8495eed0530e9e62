# Any of the ten methods on MMA-52, clip level: which of the 52 micro-actions
# occur. METHOD is the beginning of a config's name, as tsn_r50 of
# tsn_r50_ma52.py; transforms, number of frames and schedule are as there. The
# frames are spread over the whole clip, since its labels are the whole clip's.
#
#   METHOD=tsn_r50 python tools/train.py configs/any_mma52_multilabel.py
#
# For MANet see manet_r50_mma52_multilabel.py, which takes twice the frames.
# Nobody has reported these. Not measured by us.
_base_ = ['./{{$METHOD:tsm_r50}}_ma52.py']

data_root = '{{$MMA52_ROOT:data/mma52}}'
work_dir = './work_dirs/{{$METHOD:tsm_r50}}_mma52_multilabel'

model = dict(
    cls_head=dict(
        multi_class=True,
        average_clips='sigmoid',
        # Summed over the 52 classes rather than averaged.
        loss_cls=dict(type='BCELossWithLogits', loss_weight=52.)))

train_pipeline = _base_.train_pipeline
val_pipeline = _base_.val_pipeline
test_pipeline = _base_.test_pipeline
# 3-D methods take one run of frames; 512 is more than the longest clip has.
clip_len = train_pipeline[1]['clip_len']
interval = 512 // clip_len if clip_len > 1 else 1
train_pipeline[1].update(frame_interval=interval)
val_pipeline[1].update(frame_interval=interval)
test_pipeline[1].update(frame_interval=interval)

dataset = dict(type='MMA52Dataset', data_root=data_root, task='multilabel')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **dataset))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline, **dataset))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline, **dataset))

val_evaluator = dict(_delete_=True, type='MultiLabelMicroActionMetric')
test_evaluator = dict(_delete_=True, type='MultiLabelMicroActionMetric')
