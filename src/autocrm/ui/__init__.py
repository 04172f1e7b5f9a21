"""Layouts, components, tokens, icons and the browser's behaviour; knows no record type, no tenant and no user.

Owns: templates `ui/*` and `cotton/*`, the front-end sources and their build, formatters of dates, numbers and money.
Offers: `ui.context` (what the shell shows), `ui.rendering` (pages, fragments, toasts), `ui.templatetags.ui`.
Contract: docs/apps/ui.md.
"""
