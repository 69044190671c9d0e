"""Digits on screen: galleries, lists and cards, one digit explained or changed, and their export."""
