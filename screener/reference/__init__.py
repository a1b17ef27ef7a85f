"""Reference files: to which issuer a security belongs, by somebody's word (GLEIF, FIRDS, a data vendor)."""

from screener.reference.files import IssuerLinks, Reference, ReferenceFile, load_reference

__all__ = ["IssuerLinks", "Reference", "ReferenceFile", "load_reference"]
