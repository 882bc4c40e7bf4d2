"""What must hold of histories; see :mod:`properties.over_time.claim`."""
