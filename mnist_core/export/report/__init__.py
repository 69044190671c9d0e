"""A run, or two compared, as one HTML file that needs nothing else: no network, no script.

`facts.py` collects what it says, `charts.py` draws it as SVG, `page.py` writes the HTML, `style.py` holds its style
sheet. The pictures are drawn here rather than by Plotly: its program would add 4.8 MB to each file, and a vector
drawing of a few kB prints sharply and follows the reader's light or dark theme without any script.
"""
