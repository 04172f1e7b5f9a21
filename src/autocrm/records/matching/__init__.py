"""Which records look like one: rules of a type made into facts, keys to find by, scores with reasons in words."""
