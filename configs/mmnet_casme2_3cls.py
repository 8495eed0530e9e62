# MMNet on CASME II with three classes: Li et al., "MMNet: Muscle Motion-Guided
# Network for Micro-Expression Recognition", IJCAI 2022.
#
#   python tools/micro_expression/loso.py configs/mmnet_casme2_3cls.py
#   python tools/train.py configs/mmnet_casme2_3cls.py
#
# The latter is one fold, leave one subject out. Reported over all folds,
# recalled and not checked: accuracy 95.51, F1 94.94, with the epoch of each
# fold chosen on its test subject. Not measured by us.
_base_ = [
    '_base_/models/mmnet.py', '_base_/datasets/casme2.py',
    '_base_/schedules/adamw_mmnet_100e.py', '_base_/default_runtime.py'
]

# The last epoch counts: a best one would be chosen on the test subject.
default_hooks = dict(checkpoint=dict(save_best=None, max_keep_ckpts=1))
randomness = dict(seed=0)
