"""The pages, each group in a module of its own; all are thin: check the form, ask, print a template."""
