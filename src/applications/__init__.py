"""Floor 2½: what motions mean to a field of physics, in its own words and units.

Functions of motions, the same for true and learned ones; ``quantities`` says which of them a system
has.
"""
