"""Mutants of a module: each is the module with one small mistake in it, compiled and ready to be run.

Changed are comparisons, arithmetic, boolean operators, `not`, signs, numbers (+ 1), True and False, conditions, values
returned (None), pairs of functions that are easily confused (min and max, sin and cos, ...), `break` and `continue`;
calls whose result nobody takes are left out. Never changed: type annotations, decorators, strings, f-strings, what
is raised and asserted. A mutant that compiles to what the module compiles to is none.
"""

import ast
import copy
import dis
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}
CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
CONFUSED = (("min", "max"), ("floor", "ceil"), ("sin", "cos"), ("asin", "acos"), ("any", "all"), ("argmin", "argmax"))
SWAPPED = {**dict(CONFUSED), **{second: first for first, second in CONFUSED}}
# What a mistake can't be made in that a test should find.
NEVER = {"annotation", "returns", "decorator_list", "bases", "type_params", "type_comment"}

Key = tuple[str, str, str, str]
Place = tuple[str, ast.stmt, ast.AST, str, int | None]


@dataclass(frozen=True)
class Mutant:
    """One mistake: the statement (its first line) before and after, and the compiled module that has it.

    `number` counts mutants of the same function that read alike.
    """

    function: str
    before: str
    after: str
    number: int
    line: int
    code: CodeType

    @property
    def key(self) -> Key:
        """What tells a mutant from all others of its module, wherever its lines stand."""
        return self.function, self.before, self.after, str(self.number)


def mutants(source: str, name: str) -> list[Mutant]:
    """All mutants of a module's source in order of its lines; `name` is what they are compiled as.

    Numba keeps compiled functions by the file's name, so `name` must not be that of a file.
    """
    tree = ast.parse(source)
    unchanged = _instructions(compiled(source, name))
    found: list[Mutant] = []
    alike: dict[tuple[str, str, str], int] = {}
    for function, statement, parent, field, place in _places(tree):
        old = _get(parent, field, place)
        for new in _instead(old):
            before = _first_line(statement)
            _put(parent, field, place, new)
            ast.copy_location(new, old)
            ast.fix_missing_locations(new)
            after = _first_line(new if isinstance(new, ast.stmt) else statement)
            try:
                code = compile(tree, name, "exec")
            finally:
                _put(parent, field, place, old)
            if _instructions(code) == unchanged:
                continue
            number = alike[function, before, after] = alike.get((function, before, after), 0) + 1
            found.append(Mutant(function, before, after, number, statement.lineno, code))
    return found


def compiled(source: str, name: str) -> CodeType:
    """The unchanged module, compiled as its mutants are."""
    return compile(ast.parse(source), name, "exec")


def _instructions(code: CodeType) -> list[tuple[object, ...]]:
    """What a code object does, apart from the lines and columns it stands in."""
    steps = [(one.opcode, one.offset, one.argval) for one in dis.get_instructions(code)]
    return [(*step, _instructions(value) if isinstance(value, CodeType) else repr(value)) for *step, value in steps]


def _places(tree: ast.Module) -> Iterator[Place]:
    """Every node that may be replaced: its function, its statement, and where it hangs (parent, field, place)."""
    def walk(node: ast.AST, function: str, statement: ast.stmt | None) -> Iterator[Place]:
        for field, value in ast.iter_fields(node):
            if field in NEVER or (isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr)):
                continue
            for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.AST):
                    continue
                inside = f"{function}.{child.name}" if isinstance(child, ast.FunctionDef | ast.ClassDef) else function
                here = child if isinstance(child, ast.stmt) else statement
                if here is not None:
                    yield inside.lstrip("."), here, node, field, place
                yield from walk(child, inside, here)

    return walk(tree, "", None)


def _get(parent: ast.AST, field: str, place: int | None) -> ast.AST:
    value = getattr(parent, field)
    return value if place is None else value[place]


def _put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _instead(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for place, operator in enumerate(ops):
                for other in COMPARED[type(operator)]:
                    yield ast.Compare(left, [*ops[:place], other(), *ops[place + 1 :]], others)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in CALCULATED:
            yield ast.BinOp(left, CALCULATED[type(operator)](), right)
        case ast.AugAssign(target=target, op=operator, value=value):
            if type(operator) in CALCULATED:
                yield ast.AugAssign(target, CALCULATED[type(operator)](), value)
            yield ast.Assign([target], value)
        case ast.BoolOp(op=operator, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Name(id=name, ctx=ast.Load() as context) if name in SWAPPED:
            yield ast.Name(SWAPPED[name], context)
        case ast.Attribute(value=value, attr=name, ctx=ast.Load() as context) if name in SWAPPED:
            yield ast.Attribute(value, SWAPPED[name], context)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.If(test=test, body=body, orelse=orelse) if _plain(test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test=test, body=one, orelse=other) if _plain(test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), one, other)
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()


def _plain(test: ast.expr) -> bool:
    """Whether no other rule turns a condition round."""
    return not isinstance(test, ast.Compare) and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))


def _first_line(statement: ast.stmt) -> str:
    """The statement in one line; of one with a body, the line that opens it."""
    if hasattr(statement, "body"):
        statement = copy.copy(statement)
        statement.body = [ast.Pass()]
        for field in ("orelse", "finalbody", "decorator_list", "handlers"):
            if hasattr(statement, field):
                setattr(statement, field, [])
    return " ".join(ast.unparse(statement).removesuffix("pass").split()).removesuffix(":")
