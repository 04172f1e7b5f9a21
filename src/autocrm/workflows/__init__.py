"""Floor 7: automation. When a journal entry fits a workflow's trigger and condition, its steps run, each once.

Owns workflows, their immutable versions, runs and step logs. Offers `services` to create, publish, switch and replay,
a journal consumer that starts runs (one entry starts a workflow at most once) and a job that takes one step at a time:
effect, log and progress commit together.
"""
