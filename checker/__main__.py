"""``python -m checker`` is another name of ``python -m command``."""

from __future__ import annotations

from command.__main__ import main

if __name__ == "__main__":
    main()
