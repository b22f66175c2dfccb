"""Torch computes with one thread here."""

import torch

# As in tests/backend. Sums over several threads are rounded differently, too: a training that was
# killed is compared with one that was not.
torch.set_num_threads(1)
