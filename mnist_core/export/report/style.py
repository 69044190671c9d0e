"""The style sheet of the report: light, dark and printed."""

STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b2733; --faint: #5d6873; --line: #d5dbe1; --one: #0072b2;
  --two: #d97d00; --wrong: #ca4613; }
@media (prefers-color-scheme: dark) { :root { --paper: #161c22; --ink: #e4eaf0; --faint: #9aa6b2; --line: #36414c;
  --one: #4aa3df; --two: #e69f00; --wrong: #f0764a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
p { margin: .4rem 0; } .faint, figcaption, caption { color: var(--faint); font-size: .85rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid var(--line); font-weight: 400; }
th { color: var(--faint); } th:first-child, td:first-child { text-align: left; } caption { text-align: left; }
.wide { overflow-x: auto; } .columns { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; flex: 1 1 20rem; min-width: 0; } svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--faint); font: 11px system-ui, sans-serif; } .axis { stroke: var(--line); }
.one { stroke: var(--one); } .two { stroke: var(--two); } .line { fill: none; stroke-width: 2; }
.training { stroke-dasharray: 5 4; } .dot.one { fill: var(--one); } .dot.two { fill: var(--two); }
.bar { fill: var(--one); opacity: .75; } .ideal { stroke: var(--faint); stroke-dasharray: 3 3; }
.matrix td, .matrix th { width: 2.6rem; padding: .25rem; text-align: center; border: 1px solid var(--line); }
.matrix td { background: color-mix(in srgb, var(--tone) calc(var(--share) * 1%), transparent); }
.matrix .right { --tone: var(--one); } .matrix .wrong { --tone: var(--wrong); }
.digits { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: .5rem 0; list-style: none; }
.digits li { width: 4.6rem; font-size: .78rem; line-height: 1.3; } .digits img { width: 4.6rem; height: 4.6rem;
  image-rendering: pixelated; display: block; border-radius: 4px; }
.key { display: inline-block; width: 1.6rem; vertical-align: middle; border-top: 2px solid; margin-right: .35rem; }
.key.one { border-color: var(--one); } .key.two { border-color: var(--two); }
.key.training { border-top-style: dashed; }
@media print { :root { --paper: #fff; --ink: #000; --faint: #444; --line: #bbb; --one: #0072b2; --two: #d97d00;
  --wrong: #ca4613; color-scheme: light; } body { max-width: none; padding: 0; font-size: 10pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  figure, table, li { break-inside: avoid; }
  h2 { break-after: avoid; } .columns { display: grid; grid-template-columns: 1fr 1fr; } }
"""
