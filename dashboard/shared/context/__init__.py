"""The context bar: what the pages show, chosen in one place and the same on every page.

run · compared with · data set and split · checkpoint · digit
"""
