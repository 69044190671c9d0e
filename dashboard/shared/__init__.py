"""Pieces that several pages show. What differs between pages comes as an argument.

Text that a person or a file brought in goes through `escape_markdown`.
"""
