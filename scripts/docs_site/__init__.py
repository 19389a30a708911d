"""What the documentation site has beyond docs/: reference pages made from the code, and pages of the repository's root."""
