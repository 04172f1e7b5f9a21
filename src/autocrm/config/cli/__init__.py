"""The commands behind `./autocrm`.

`bootstrap` runs on any Python 3.11+ with the standard library only and makes `.venv`; everything else runs inside it.
Nothing here is imported by the product.
"""
