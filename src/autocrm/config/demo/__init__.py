"""The demo: two workspaces with a past of eighteen months, made through the product's own services."""
