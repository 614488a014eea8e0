"""Removes from people's words what cannot be seen or changes how other words look, and nothing else."""

import re
import unicodedata

_EMOJI_JOINER = "\u200d"
# Persian and Indic scripts need both, and emoji of several parts the second.
_JOINERS = "\u200c\u200d"
# More combining marks on one letter cover the lines above and below it ("Zalgo" text).
_MARKS_IN_A_ROW = 4
_LONGEST_CLUSTER = 16
"""Characters. No emoji in use is longer; a family of four with skin tones has 11."""

_TAGS = "\U000e0020-\U000e007f"
# The flags of England, Scotland and Wales are a black flag, the name of the region in tags, and an end tag:
# https://unicode.org/reports/tr51/#valid-emoji-tag-sequences. All other tags are invisible text.
_TAGS_OF_A_FLAG = re.compile(
    f"(?P<flag>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}\U000e007f)|[{_TAGS}]"
)
# Named, and not "what this Python's Unicode tables do not know": Python 3.11 knows Unicode 14, and the emoji of each
# later year would vanish. Most are Default_Ignorable_Code_Point:
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_HARMFUL = re.compile(
    "["
    "\u00ad\u034f\u061c\u180e"  # soft hyphen, grapheme joiner, Arabic letter mark, Mongolian vowel separator
    "\u200b\u200e\u200f\u202a-\u202e"  # zero width space, marks and overrides of direction
    "\u2060-\u206f\ufeff"  # invisible operators, isolates of direction, byte order mark
    "\ufff0-\ufffb"  # unassigned ignorables, and anchors of annotations
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # invisible signs of shorthand and music
    "\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"  # the rest of the plane that is never seen
    "\ud800-\udfff"  # surrogates, which cannot be sent
    "\ufdd0-\ufdef"  # noncharacters, like the last two of each plane
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_JOINERS_IN_A_ROW = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers of Hangul: letters by their category, and empty on the screen."""


def one_line(text: str) -> str:
    """Keeps everything that can be seen, on one line. At most four combining marks in a row stay."""
    kept = []
    marks = 0
    for character in _without_harm(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in {"Zl", "Zp", "Zs", "Cc"} or character in _BLANKS:
            kept.append(" ")
        elif marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return " ".join("".join(kept).split())


def _without_harm(text: str) -> str:
    safe = _HARMFUL.sub("", _TAGS_OF_A_FLAG.sub(lambda found: found["flag"] or "", text))
    return _JOINERS_IN_A_ROW.sub(r"\1", safe)


def can_be_seen(text: str) -> bool:
    """Whether anything is left to read: `str.strip` alone would keep invisible characters such as U+200B."""
    # Unassigned characters count, because they are the emoji of later years. Marks and joiners alone are nothing.
    return any(
        unicodedata.category(character)[0] in "LNPSC" and character not in _JOINERS for character in one_line(text)
    )


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis if some were cut off. An emoji is kept whole or left out."""
    if len(text) <= limit:
        return text
    end = limit - 1
    for _ in range(_LONGEST_CLUSTER):
        if end <= 0 or not (_continues(text[end]) or text[end - 1] == _EMOJI_JOINER):
            break
        end -= 1
    return f"{text[:end].rstrip()}…"


def _continues(character: str) -> bool:
    """Whether it belongs to the character before it: a joiner, a mark, a skin tone or a tag."""
    is_mark = unicodedata.category(character) in {"Mn", "Me"}
    return is_mark or character == _EMOJI_JOINER or re.match(f"[\U0001f3fb-\U0001f3ff{_TAGS}]", character) is not None
