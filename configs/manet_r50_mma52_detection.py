# MANet's backbone with a temporal pyramid on MMA-52: finds every micro-action
# of a clip, with start and end. The head is ActionFormer's (Zhang et al.,
# "ActionFormer: Localizing Moments of Actions with Transformers", ECCV 2022),
# changed for actions that overlap, see TemporalDetectionHead.
#
#   python tools/train.py configs/manet_r50_mma52_detection.py
#
# Starts from ImageNet. A backbone trained on MA-52 is a better start:
# --cfg-options load_from=work_dirs/manet_r50_ma52/epoch_80.pth
#
# No published result for this combination; not measured by us.
_base_ = [
    '_base_/models/manet_r50_detection.py', '_base_/datasets/mma52.py',
    '_base_/schedules/adamw_100e_detection.py', '_base_/detection_runtime.py'
]

randomness = dict(seed=0)
