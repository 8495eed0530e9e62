# Any of the ten methods for long videos: windows cut from MMA-52's annotated
# ones, with parts of actions, several at once and rest. One sigmoid score a
# class, soft targets by overlap. METHOD is the beginning of a config's name,
# as manet_r50 of manet_r50_ma52.py; transforms and schedule are as there.
#
#   METHOD=tsn_r50 python tools/train.py configs/any_mma52_windows.py
#
# Nobody has reported it. Not measured by us.
_base_ = ['./any_ma52_windows.py']

data_root = '{{$MMA52_ROOT:data/mma52}}'
work_dir = './work_dirs/{{$METHOD:tsm_r50}}_mma52_windows'

sessions = dict(type='MMA52Dataset', data_root=data_root)
windows = _base_.windows
train_dataloader = dict(
    dataset=dict(
        per_epoch=12000,  # about as many as MA-52 has clips
        rest=0.3,  # MMA-52's videos are never at rest for long
        dataset=sessions))
val_dataloader = dict(dataset=dict(dataset=sessions))
test_dataloader = dict(
    dataset=dict(
        pipeline=_base_.test_pipeline,
        dataset=dict(_base_.test_dataloader.dataset, **sessions),
        **windows))

val_evaluator = dict(prefix='mma52')
test_evaluator = dict(_base_.val_evaluator, prefix='mma52')
