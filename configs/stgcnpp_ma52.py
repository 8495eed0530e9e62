# ST-GCN++ on MA-52, positions of the joints: Duan et al., "PYSKL: Towards Good
# Practices for Skeleton Action Recognition", ACM MM 2022.
#
#   python tools/train.py configs/stgcnpp_ma52.py
#
# No published result on MA-52; not measured by us. Network, optimiser,
# passes through the data (80) and the 10 samplings of a test are MMAction2's
# for NTU RGB+D; ours: 48 frames instead of 100, one person, the flip.
_base_ = [
    '_base_/models/stgcnpp.py', '_base_/datasets/ma52_pose.py',
    '_base_/schedules/sgd_skeleton_80e.py', '_base_/default_runtime.py'
]

randomness = dict(seed=0)
