"""Lessons inside the real pages: predict, try, and see what the runs say.

A lesson is a few questions. Each is answered in three parts: the person predicts the answer, tries it out on a page
(the lesson sees in the runs and choices when that is done), and is shown what was found, beside the prediction. While a
lesson is open, it stands above every page. There is a module for each lesson; `catalogue` lists them.
"""
