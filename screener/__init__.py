"""Portfolio screening: holdings spreadsheets against restricted-entity lists, divestment reports out."""

__version__ = "0.1.0"
