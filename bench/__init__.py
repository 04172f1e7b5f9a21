"""The bench: a large workspace made quickly, and what requests cost there beside the same SQL by hand.

Not part of the product and not timed by any test: `python -m bench generate`, `python -m bench run` (README.md).
"""
