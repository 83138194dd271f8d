"""The curator's tool: new entries of the register, new claims, and drafts of claims from pages."""
