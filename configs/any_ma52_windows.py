# Any of the ten methods for long videos: windows composed of MA-52's clips
# have parts of actions, two at once and rest, which MA-52 lacks. One sigmoid
# per class, soft targets by overlap. METHOD is the start of a config's name,
# as manet_r50 of manet_r50_ma52.py; the rest is the same, but frames are
# spread over the whole window.
#
#   METHOD=manet_r50 python tools/train.py configs/any_ma52_windows.py
#
# No published result; not measured by us.
_base_ = ['./{{$METHOD:tsm_r50}}_ma52.py']

work_dir = './work_dirs/{{$METHOD:tsm_r50}}_ma52_windows'
model = dict(
    cls_head=dict(
        multi_class=True,
        average_clips='sigmoid',
        # Summed over the 52 classes rather than averaged.
        loss_cls=dict(type='BCELossWithLogits', loss_weight=52.)))


def spread(step):
    # 3-D methods take one run of frames; one that is longer than the window,
    # here 512, is spread over it.
    clip_len = step.get('clip_len', 1)
    return dict(step, frame_interval=512 // clip_len) if clip_len > 1 else step


train_pipeline = [spread(step) for step in _base_.train_pipeline]
val_pipeline = [spread(step) for step in _base_.val_pipeline]
test_pipeline = [spread(step) for step in _base_.test_pipeline]

windows = dict(
    _delete_=True, type='ActionWindows', window=float('{{$WINDOW:2}}'))  # s
train_dataloader = dict(
    dataset=dict(
        pipeline=train_pipeline,
        dataset=_base_.train_dataloader.dataset,
        **windows))
val_dataloader = dict(
    dataset=dict(
        pipeline=val_pipeline,
        dataset=_base_.val_dataloader.dataset,
        **windows))
test_dataloader = dict(
    dataset=dict(
        pipeline=test_pipeline,
        dataset=_base_.test_dataloader.dataset,
        **windows))

val_evaluator = dict(
    _delete_=True, type='MultiLabelMicroActionMetric', prefix='ma52')
test_evaluator = val_evaluator
