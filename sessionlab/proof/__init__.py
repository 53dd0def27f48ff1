"""Proof that a strategy does not look ahead: it is run on futures that never were, and must decide as it did."""

from sessionlab.proof.auditing import audit
from sessionlab.proof.report import Audit, Finding

__all__ = ["Audit", "Finding", "audit"]
