# MMNet on the composite of MEGC 2019 (SMIC-HS, CASME II and SAMM, three
# classes): Li et al., "MMNet: Muscle Motion-Guided Network for
# Micro-Expression Recognition", IJCAI 2022; See et al., "MEGC 2019 - The
# Second Facial Micro-Expressions Grand Challenge", FG 2019.
#
#   python tools/micro_expression/loso.py configs/mmnet_megc2019.py
#   python tools/train.py configs/mmnet_megc2019.py
#
# The latter is one fold of 68, leave one subject out. MMNet's paper has no
# result on the composite, and its recipe is that of three classes on CASME II;
# others report UF1 58.82 (LBP-TOP), 73.53 (STSTNet), 78.85 (EMR). Not measured
# by us.
_base_ = [
    '_base_/models/mmnet.py', '_base_/datasets/megc2019.py',
    '_base_/schedules/adamw_mmnet_100e.py', '_base_/default_runtime.py'
]

# The last epoch counts: a best one would be chosen on the test subject.
default_hooks = dict(checkpoint=dict(save_best=None, max_keep_ckpts=1))
randomness = dict(seed=0)
