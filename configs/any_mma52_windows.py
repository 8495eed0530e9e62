# any_ma52_windows.py with windows of 2 s (WINDOW) cut from MMA-52's annotated
# videos: which of the 52 occur in it? Of 16 s, a window is a whole video.
#
#   METHOD=manet_r50 python tools/train.py configs/any_mma52_windows.py
#   WINDOW=16 METHOD=tsn_r50 python tools/train.py configs/any_mma52_windows.py
#
# No published result; not measured by us.
_base_ = ['./any_ma52_windows.py']

work_dir = './work_dirs/{{$METHOD:tsm_r50}}_mma52_windows'
sessions = dict(type='MMA52Dataset', data_root='{{$MMA52_ROOT:data/mma52}}')
train_dataloader = dict(dataset=dict(dataset=sessions))
val_dataloader = dict(dataset=dict(dataset=sessions))
test_dataloader = dict(dataset=dict(dataset=sessions))

val_evaluator = dict(prefix='mma52')
test_evaluator = dict(prefix='mma52')
