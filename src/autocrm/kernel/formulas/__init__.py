r"""One small typed language for values that are worked out: formula fields, and whatever else computes from a record.

    parsing.parse_formula(source)                    -> Node              (or FormulaError with line and column)
    checking.check_formula(source, names)            -> Formula           tree, type of the result, names, volatile
    compiling.compile_formula(formula, readers)      -> (row, context) -> value
    printing.print_formula(tree)                     -> source            parse(print(tree)) == tree
    functions.FUNCTIONS                              -> every function, with what the editor says about it

A name stands for a value that the caller declares in a `NameTable` and nothing else: there are no attributes, no loops,
no definitions. Whatever is evaluated costs no more than the number of its nodes times the longest text.

Empty values: arithmetic and functions of an empty value are empty, except where a function says otherwise (`coalesce`,
`is_empty`, `min`, `max`, joining texts). A comparison with an empty value is false, `!=` is its complement; `empty =
empty` is true. An empty condition counts as false. An empty text is empty. Division by zero is empty, so is whatever
leaves the calendar or grows past thirty digits. docs/formulas.md tells it to those who write formulas.
"""
