"""What must hold of histories; see :mod:`properties.system.claim`."""
