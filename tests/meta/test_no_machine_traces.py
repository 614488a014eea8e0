"""The tree names no package registry and no folder of the machine it was written on."""

import re

from tests.meta.source_files import own_files, shown

# Each has one letter in brackets, so that this file does not find itself.
TRACES = re.compile(
    r"py[p]i\.org|pythonhost[e]d\.org|npm[j]s\.org|deb\.debia[n]\.org"
    r"|/wor[k]/(main|shared|\.library)|/roo[t]/|/far[m]/|/hom[e]/\w|/User[s]/\w|C:\\User[s]\\"
)


def test_no_file_names_a_registry_or_a_folder_of_this_machine():
    found = []
    for path in own_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{shown(path)}: {trace.group()}" for trace in TRACES.finditer(text)]
    assert found == []
