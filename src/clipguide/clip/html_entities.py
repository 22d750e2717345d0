#!/usr/bin/env python3
"""Writes html_entities.inc, the named character references of HTML 5.

The table is the one of the HTML standard (https://html.spec.whatwg.org/entities.json), as Python
carries it. Each entry reads `name=hex` or `name=hex+hex`; a `!` after the name marks those that
HTML also knows without the semicolon.     Use: ./html_entities.py > html_entities.inc
"""
from html.entities import html5

entries = []
for name in sorted(n[:-1] for n in html5 if n.endswith(";")):
    value = "+".join(f"{ord(c):x}" for c in html5[name + ";"])
    entries.append(f"{name}{'!' if name in html5 else ''}={value} ")

print("// Written by html_entities.py: do not edit.")
line = ""
for entry in entries + [None]:
    if entry is None or len(line) + len(entry) > 96:
        print(f'"{line}"')
        line = ""
    line += entry or ""
