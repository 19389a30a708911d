"""Presentation: history and advice in, the assessment document and CDS Hooks cards out."""
