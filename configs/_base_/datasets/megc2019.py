# The MEGC 2019 composite of SMIC-HS, CASME II and SAMM, pairs as in casme2.py.
# The root holds combined_3class_gt.csv and the folders casme2, samm and smic;
# for a data set elsewhere: data_prefix=dict(samm='/path/to/samm').
_base_ = ['./casme2.py']

data_root = '{{$MEGC2019_ROOT:data/megc2019}}'

dataset = dict(kind='megc2019', data_root=data_root, scheme=3)
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
