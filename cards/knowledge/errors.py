"""The one error of the knowledge loader: which file, which line, which key, what is wrong and how to mend it."""

from __future__ import annotations


class KnowledgeError(ValueError):
    """A knowledge file says something that cannot be used. `file` is relative to the knowledge folder."""

    def __init__(self, file: str, line: int, key: str, problem: str, mend: str) -> None:
        where = f"{file}, line {line}, key `{key}`" if key else f"{file}, line {line}"
        super().__init__(f"{where}: {problem}. {mend}.")
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
        self.mend = mend
