"""Floor 0: a formula in torch, taken apart into plain numbers, and run without torch.

A known formula of a few numbers costs torch a hundred times its arithmetic when few samples are
asked for. Here it is traced once, unrolled to scalars and written down as Python, as numpy or as
C++: the formula itself, never a second copy. What cannot be taken apart says so, and stays.
"""
