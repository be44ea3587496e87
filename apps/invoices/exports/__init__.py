"""Exports of the books by period: tables of documents, and the journal. What the columns mean: docs/exports.md."""
