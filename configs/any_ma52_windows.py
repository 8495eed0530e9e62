# Any of the ten methods for long videos, from MA-52's trimmed clips: windows
# composed of them know parts of actions, two at once and rest, which MA-52 has
# not. One sigmoid score a class, soft targets by overlap. METHOD is the
# beginning of a config's name, as manet_r50 of manet_r50_ma52.py; all else is
# as there, the test included: on whole clips.
#
#   METHOD=tsn_r50 python tools/train.py configs/any_ma52_windows.py
#
# Nobody has reported it. Not measured by us.
_base_ = ['./{{$METHOD:tsm_r50}}_ma52.py']

work_dir = './work_dirs/{{$METHOD:tsm_r50}}_ma52_windows'

model = dict(
    cls_head=dict(
        multi_class=True,
        average_clips='sigmoid',
        # Summed over the 52 classes rather than averaged.
        loss_cls=dict(type='BCELossWithLogits', loss_weight=52.)))

windows = dict(_delete_=True, type='ActionWindows', window=2.)  # seconds
train_dataloader = dict(
    dataset=dict(
        pipeline=_base_.train_pipeline,
        dataset=_base_.train_dataloader.dataset,
        **windows))
val_dataloader = dict(
    dataset=dict(
        pipeline=_base_.val_pipeline,
        dataset=_base_.val_dataloader.dataset,
        **windows))

val_evaluator = dict(
    _delete_=True, type='MultiLabelMicroActionMetric', prefix='ma52')
