"""Finds things by what they are called: in any language and script, misspelt, shortened, or by identifier."""
