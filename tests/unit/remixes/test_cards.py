"""The card of a result and the list: whose it is, what it says, which buttons it has, what it is called."""

from io import BytesIO

from made_jobs import job, result
from PIL import Image

from bot.discord_app.remixes.cards import (
    file_name,
    make_file,
    make_files,
    more_view,
    result_card,
)
from bot.discord_app.remixes.words import alt_text
from bot.images.fit import FittedPicture, fit_to_size
from bot.images.formats import PictureFormat
from bot.rules.origins import Origin
from bot.storage.remixes.jobs import Job
from bot.use_cases.ports import Part, ResultPicture


def png(colour: str = "red") -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 6), colour).save(file, "PNG")
    return file.getvalue()


def pictures(count: int) -> list[ResultPicture]:
    return [ResultPicture(result(n), png()) for n in range(count)]


def fitted(made: list[ResultPicture], *, changed: bool = False) -> list[FittedPicture]:
    return [FittedPicture(picture.data, PictureFormat.WEBP, 8, 6, changed=changed) for picture in made]


def card(of: Job, part: Part, fits: list[FittedPicture]) -> list[dict[str, object]]:
    files = make_files(of, part, fits)
    (container,) = result_card(of, part, files, fits).to_components()
    return container["components"]


def caption(of: Job, part: Part, fits: list[FittedPicture]) -> list[str]:
    shown = [component["content"] for component in card(of, part, fits) if component["type"] == 10]
    return "\n".join(shown).split("\n")


def buttons(components: list[dict[str, object]]) -> list[tuple[str, str]]:
    """Label and name of every button, however deep it lies."""
    found = []
    for component in components:
        if component["type"] == 2:
            found.append((component["label"], component["custom_id"]))
        inner = [*component.get("components", []), *filter(None, [component.get("accessory")])]
        found += buttons(inner)
    return found


def test_a_card_names_its_author_quotes_the_prompt_and_tells_the_options():
    made = pictures(1)
    lines = caption(job(prompt="a **red**\n# fox @everyone"), Part(0, made), fitted(made))
    assert lines == [
        "<@33>",
        "> a \\*\\*red\\*\\* \\# fox \\@everyone",
        "-# Weight 60 · 8\N{MULTIPLICATION SIGN}6 · Turbo",
    ]


def test_notes_are_small_lines():
    made = pictures(2)
    lines = caption(job(), Part(0, made, ["One was withheld."]), fitted(made, changed=True))
    assert lines[3:] == ["-# One was withheld.", "-# Made smaller to fit this server's upload limit."]


def test_the_gallery_shows_every_file_with_its_alt_text():
    made = pictures(3)
    gallery = card(job(spoiler=True), Part(0, made), fitted(made))[0]["items"]
    assert [item["media"]["url"] for item in gallery] == [
        f"attachment://SPOILER_remix-7-{number}.webp" for number in (1, 2, 3)
    ]
    assert all(item["spoiler"] for item in gallery)
    assert [item["description"] for item in gallery] == [
        f"Remix {number} of 3 of an attached picture: a red fox" for number in (1, 2, 3)
    ]


def test_the_buttons_name_the_job_and_nothing_else():
    made = pictures(1)
    assert buttons(card(job(), Part(0, made), fitted(made))) == [
        ("Again", "remix:again:7"),
        ("Edit", "remix:edit:7"),
        ("Remix this", "remix:remix:7"),
        ("More", "remix:more:7"),
    ]
    assert buttons(more_view(7, 9001).to_components()) == [
        ("Compare", "remix:compare:7:9001"),
        ("Details", "remix:details:7:9001"),
        ("Report", "remix:report:7:9001"),
        ("Delete", "remix:delete:7:9001"),
    ]


def test_a_file_name_is_ours_and_tells_job_and_image():
    (picture,) = pictures(1)
    whole = fit_to_size(picture.data, 10_000_000)
    assert file_name(job(prompt="../../etc"), picture, whole) == "remix-7-1.png"
    assert file_name(job(spoiler=True), picture, whole) == "SPOILER_remix-7-1.png"
    assert make_file(job(spoiler=True), picture, whole, "a fox").filename == "SPOILER_remix-7-1.png"


def test_the_alt_text_of_a_hidden_picture_has_its_number_but_no_prompt():
    assert alt_text(job(hidden=True), 2, 4) == "Remix 2 of 4, hidden by the moderators"
    assert alt_text(job(prompt="")) == "Remix of an attached picture"
    assert alt_text(job(origin=Origin.RESULT)) == "Remix of another remix: a red fox"


def test_the_alt_text_stays_within_discords_limit():
    assert len(alt_text(job(prompt="word " * 1200))) <= 1024
