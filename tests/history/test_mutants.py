"""The mutation runner changes one place at a time, and only inside functions."""

import ast

from scripts.mutants.places import mutants

SOURCE = '''
LIMIT = 60


def within(days: int, other: bool) -> bool:
    """Tell something."""
    if other:
        return not days
    return 0 <= days <= LIMIT + 1 and days in {3}
'''


def test_every_place_is_changed_once() -> None:
    found = [mutant.change for mutant in mutants(SOURCE)]
    assert sorted(found) == sorted(
        [
            "if other:\n    return not days  ->  if not other:\n    return not days",
            "not days  ->  not not days",
            "0 <= days <= LIMIT + 1 and days in {3}  ->  0 <= days <= LIMIT + 1 or days in {3}",
            "0 <= days <= LIMIT + 1  ->  0 < days <= LIMIT + 1",
            "0 <= days <= LIMIT + 1  ->  0 <= days < LIMIT + 1",
            "days in {3}  ->  days not in {3}",
            "LIMIT + 1  ->  LIMIT - 1",
            "0  ->  1",
            "1  ->  2",
            "3  ->  4",
        ]
    )


def test_mutants_are_modules_that_differ() -> None:
    original = ast.unparse(ast.parse(SOURCE))
    changed = {ast.unparse(mutant.tree) for mutant in mutants(SOURCE)}
    assert len(changed) == 10
    assert original not in changed
    assert all("LIMIT = 60" in text for text in changed)
