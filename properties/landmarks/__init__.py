"""Landmarks: what each kernel is known to do, written by hand from sources outside the model.

Expectations elsewhere follow the sets of patches in :mod:`model.patches`: who moves a patch
there moves the verdict and its expectation together.  Here nothing is computed.  A landmark is
one small call (or one property) with the answer that each kernel gives, the kernels by name,
and the commit, changelog or man page that says so.  No file here may import the patches.
"""
