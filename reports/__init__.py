"""What people look at: every report is a view of a list of result records."""

from reports.render import FORMATS, render

__all__ = ["FORMATS", "render"]
