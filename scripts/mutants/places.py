"""The places of a module that can be changed, and the change of each."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Mult: ast.Add,
}


@dataclass(frozen=True)
class Mutant:
    """A changed module, with the line and the words of the change."""

    line: int
    change: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module's functions."""
    for number in range(len(_places(ast.parse(source)))):
        tree = ast.parse(source)
        node, index = _places(tree)[number]
        before = ast.unparse(node)
        _change(node, index)
        after = ast.unparse(node)
        ast.fix_missing_locations(tree)
        yield Mutant(getattr(node, "lineno", 0), f"{before}  ->  {after}", tree)


def _places(tree: ast.Module) -> list[tuple[ast.AST, int]]:
    """Return the nodes that can be changed, comparisons once for each of their operators; annotations are left alone."""
    hints = {
        id(part)
        for node in ast.walk(tree)
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if hint is not None
        for part in ast.walk(hint)
    }
    inside = {
        id(node): node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for statement in function.body
        for node in ast.walk(statement)
        if id(node) not in hints
    }
    return [(node, index) for node in inside.values() for index in range(_changes(node))]


def _changes(node: ast.AST) -> int:
    """Return in how many ways a node can be changed."""
    match node:
        case ast.Compare(ops=ops):
            return sum(type(op) in _COMPARISONS for op in ops)
        case ast.BinOp(op=op):
            return int(type(op) in _OPERATORS)
        case ast.Constant(value=value):
            return int(type(value) in {int, float})
        case ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
            return 1
        case ast.If(test=test) | ast.IfExp(test=test):
            return int(not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp))
    return 0


def _change(node: ast.AST, index: int) -> None:
    match node:
        case ast.Compare():
            node.ops[index] = _COMPARISONS[type(node.ops[index])]()
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.BinOp():
            node.op = _OPERATORS[type(node.op)]()
        case ast.Constant():
            node.value = _number(node.value) + 1
        case ast.UnaryOp():
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
        case ast.If() | ast.IfExp():
            node.test = ast.UnaryOp(ast.Not(), node.test)


def _number(value: object) -> float | int:
    if isinstance(value, int | float):
        return value
    raise TypeError(f"{value!r} is no number")
