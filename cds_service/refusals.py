"""What a module raises when it cannot serve a request. How it is answered is the business of `errors`."""

from __future__ import annotations


class RefusalError(Exception):
    """A request that cannot be answered, with its HTTP status, FHIR issue code and a text for the caller."""

    def __init__(self, status: int, code: str, diagnostics: str) -> None:
        super().__init__(diagnostics)
        self.status = status
        self.code = code
        self.diagnostics = diagnostics


def bad_request(diagnostics: str, code: str = "invalid") -> RefusalError:
    """Make a 400."""
    return RefusalError(400, code, diagnostics)
