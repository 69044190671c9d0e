"""Pieces that several pages show. What differs between pages is an argument.

Text from people or files goes through `escape_markdown`.
"""
