"""Floor 8: the dashboard.

Owns no tables. Offers `selectors.get_dashboard`, the numbers that page and API share, each with the address of the list
it counts, and `charts`, which draws one description of a chart as accessible SVG.
"""
