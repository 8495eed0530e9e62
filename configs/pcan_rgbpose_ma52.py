# PCAN on MA-52, RGB and poses: Li et al., "Prototypical Calibrating Ambiguous
# Samples for Micro-Action Recognition", AAAI 2025. It starts from two
# networks, one of RGB and one of poses, that are trained first and merged:
#
#   python tools/train.py configs/rgbpose_rgb_ma52.py
#   python tools/train.py configs/rgbpose_pose_ma52.py
#   python tools/convert/merge_rgbpose.py RGB.pth POSE.pth rgbpose.pth \
#       --config configs/pcan_rgbpose_ma52.py
#   python tools/train.py configs/pcan_rgbpose_ma52.py \
#       --cfg-options load_from=rgbpose.pth
#
# Reported: action top-1 66.74, F1_mean 69.97; a reproduction by others
# has 66.40 and 69.50. Not measured by us. The schedule is the released one;
# see PCANHead for the deviations.
_base_ = [
    '_base_/models/rgbpose_conv3d.py', '_base_/datasets/ma52_rgbpose.py',
    '_base_/schedules/sgd_rgbpose_30e.py', '_base_/default_runtime.py'
]

# The body part comes from the body layers of the head, without look-up.
val_evaluator = dict(body='head')
test_evaluator = dict(body='head')

randomness = dict(seed=0)
