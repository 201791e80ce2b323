#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the heads of bad scenarios (`# expect: LINE:COLUMN: TEXT`) from what the program says of them.

    python3 tests/tools/heads.py build/release/headroom tests/bad/FILE.yaml ...

For when the list of allowed words grows: each head that changes is printed, to be read as a user would read it
before it is committed. The places depend on the number of lines, so it is asked until that agrees."""
import re
import subprocess
import sys


def said(program, path):
    errors = subprocess.run([program, "check", path], capture_output=True).stderr
    errors = re.sub(b"(?m)^%s: ?" % re.escape(path.encode()), b"", errors)
    return re.sub(b"(?m)^tests/bad/", b"", errors).splitlines()


program, *paths = sys.argv[1:]
for path in paths:
    with open(path, "rb") as file:
        text = file.read()
    head = re.match(rb"(# expect: .*\n)*", text).group()
    body = text[len(head):]
    count, lines = max(1, head.count(b"\n")), []
    while len(lines) != count:
        count = max(1, len(lines) or count)
        with open(path, "wb") as file:
            file.write(b"# expect: ?\n" * count + body)
        lines = said(program, path)
        if not lines:
            sys.exit(f"{path} is sound")
    new = b"".join(b"# expect: " + line + b"\n" for line in lines)
    with open(path, "wb") as file:
        file.write(new + body)
    if new != head:
        print(f"{path}\n{new.decode(errors='replace')}")
