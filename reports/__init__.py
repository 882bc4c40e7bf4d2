"""What people look at: every report is a view of a list of result records."""

from reports.render import FORMATS, render
from reports.write import ReportError, write_atomically

__all__ = ["FORMATS", "ReportError", "render", "write_atomically"]
