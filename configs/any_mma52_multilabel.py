# Any of the ten methods on MMA-52, clip level: which of the 52 micro-actions
# occur. METHOD is the beginning of a config's name, as tsn_r50 of
# tsn_r50_ma52.py; data, frames and schedule are as there.
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

dataset = dict(type='MMA52Dataset', data_root=data_root, task='multilabel')
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)

val_evaluator = dict(_delete_=True, type='MultiLabelMicroActionMetric')
test_evaluator = dict(_delete_=True, type='MultiLabelMicroActionMetric')
