"""Draws docs/pictures/dashboard.webp: `python -m tests.browser.dashboard_picture`. Takes six minutes.

A bot works for a while between the loopback Discord and the Ideogram stand-in, a real Prometheus scrapes it, and the
expressions of deploy/grafana/remix-bot.json are asked of that Prometheus. Grafana itself is not needed: what draws the
answers is a page of our own.
"""

import asyncio
import html
import json
import math
import random
import shutil
import socket
import sys
import tempfile
import time
from contextlib import asynccontextmanager, closing
from io import BytesIO
from pathlib import Path

import aiohttp
from PIL import Image

from bot.waiting import wait_for_event
from tests.browser.screenshots import PICTURES
from tests.browser.visitor import headless_chromium
from tests.meta.source_files import ROOT
from tests.wire.bot_process import open_house

DASHBOARD = ROOT / "deploy" / "grafana" / "remix-bot.json"
WORKS_S = 280
SHOWN_S = 240
STEP_S = 2
WINDOW = "40s"
"""Stands for Grafana's `$__rate_interval`: short, because the bot only works for minutes."""
COLOURS = ("#7eb26d", "#eab839", "#6ed0e0", "#ef843c", "#e24d42", "#1f78c1", "#ba43a9", "#705da0")
STAT = {"green": "#299c46", "red": "#d44a3a", "yellow": "#e0a526", "blue": "#1f60c4"}
TROUBLE = ("503", "422-prompt", "link-500-once", "429-retry-after", "422-prompt", "unsafe")


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


@asynccontextmanager
async def prometheus(program, folder, target):
    """Its address."""
    address = f"127.0.0.1:{free_port()}"
    scrape = {"job_name": "remix-bot", "scrape_interval": "1s", "static_configs": [{"targets": [target]}]}
    (folder / "prometheus.yml").write_text(json.dumps({"scrape_configs": [scrape]}))
    options = (
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=stored",
        f"--web.listen-address={address}",
        "--log.level=error",
    )
    process = await asyncio.create_subprocess_exec(program, *options, cwd=folder)
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        await process.wait()


async def work(house):
    """People come and go, some in a crowd; Ideogram has a bad moment now and then."""
    chance = random.Random(7)  # noqa: S311 - the same picture each time
    ends = time.monotonic() + WORKS_S
    while time.monotonic() < ends:
        house.ideogram.dials.latency_s = chance.uniform(3, 14)
        if chance.random() < 0.12:
            house.ideogram.dials.fail = [chance.choice(TROUBLE)]
        for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 14 if chance.random() < 0.12 else 1))):
            options = {"speed": chance.choice(("TURBO", "DEFAULT", "QUALITY"))} if chance.random() < 0.6 else {}
            await house.remix(**options)
        if chance.random() < 0.2:
            again = house.remixes[-1]
            await house.discord.slash("remix", again.user, again.channel, options={"prompt": "again"})
        await wait(chance.uniform(1, 4))


async def wait(seconds):
    await wait_for_event(asyncio.Event(), seconds)


async def ask(session, address, panel, end):
    """Each series of the panel: its name and its values over time."""
    series = []
    for target in panel["targets"]:
        expression = target["expr"].replace("$__rate_interval", WINDOW).replace("$instance", ".*")
        query = {"query": expression, "start": end - SHOWN_S, "end": end, "step": STEP_S}
        async with session.get(f"{address}/api/v1/query_range", params=query) as response:
            answer = await response.json()
        assert answer["status"] == "success", (panel["title"], answer)
        for found in answer["data"]["result"]:
            name = target["legendFormat"]
            for label, value in found["metric"].items():
                name = name.replace("{{" + label + "}}", value)
            series.append((name, [(float(at), float(value)) for at, value in found["values"]]))
    return series


def shown(value, unit):
    if math.isnan(value):
        return "?"
    match unit:
        case "currencyUSD":
            return f"${value:.2f}"
        case "bytes":
            return f"{value / 2**20:.0f} MiB"
        case "s":
            return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def stat(panel, series):
    defaults = panel["fieldConfig"]["defaults"]
    value = series[0][1][-1][1] if series else None
    text = defaults.get("noValue", "none") if value is None else shown(value, defaults["unit"])
    colour = "blue"
    for step in defaults["thresholds"]["steps"]:
        if step["value"] is None or (value is not None and value >= step["value"]):
            colour = step["color"]
    for mapping in defaults.get("mappings", ()):
        if value is not None and (mapped := mapping["options"].get(f"{value:.0f}")):
            text, colour = mapped["text"], mapped["color"]
    return f'<div class="stat" style="background:{STAT[colour]}">{html.escape(text)}</div>'


def chart(panel, series, end):
    width, height, left, bottom = 410, 190, 52, 20
    unit = panel["fieldConfig"]["defaults"]["unit"]
    stacked = "stacking" in panel["fieldConfig"]["defaults"]["custom"]
    series = [each for each in series if any(value and not math.isnan(value) for _, value in each[1])]
    below, drawn, top = {}, [], 0.0
    for number, (name, points) in enumerate(series):
        line = []
        for at, measured in points:
            value = 0.0 if math.isnan(measured) else measured
            base = below.get(at, 0.0) if stacked else 0.0
            line.append((at, base, base + value))
            below[at] = base + value
            top = max(top, base + value)
        drawn.append((name, COLOURS[number % len(COLOURS)], line))
    top = top * 1.1 or 1.0

    def place(at, value):
        x = left + (at - (end - SHOWN_S)) / SHOWN_S * (width - left - 6)
        return f"{x:.1f},{(height - bottom) - value / top * (height - bottom - 8):.1f}"

    parts = []
    for line in range(5):
        y = (height - bottom) - line / 4 * (height - bottom - 8)
        parts.append(f'<line x1="{left}" y1="{y}" x2="{width}" y2="{y}" stroke="#2c3235"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{shown(top * line / 4, unit)}</text>')
    for minute in range(SHOWN_S // 60 + 1):
        x = left + minute * 60 / SHOWN_S * (width - left - 6)
        left_of_now = SHOWN_S // 60 - minute
        label, anchor = (f"-{left_of_now} min", "middle") if left_of_now else ("now", "end")
        parts.append(f'<text x="{x}" y="{height - 4}" text-anchor="{anchor}">{label}</text>')
    for _, colour, line in reversed(drawn):
        upper = " ".join(place(at, value) for at, _, value in line)
        lower = " ".join(place(at, base) for at, base, _ in reversed(line))
        parts.append(f'<polygon points="{upper} {lower}" fill="{colour}" opacity="{0.35 if stacked else 0.1}"/>')
        parts.append(f'<polyline points="{upper}" fill="none" stroke="{colour}" stroke-width="2"/>')
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{html.escape(name)}</span>' for name, colour, _ in drawn
    )
    picture = f'<svg width="{width}" height="{height}">{"".join(parts)}</svg>'
    return f"{picture}<div class=legend>{legend or 'nothing in this time'}</div>"


def page(panels, answers, end):
    cells = []
    for panel, series in zip(panels, answers, strict=True):
        place = panel["gridPos"]
        at = f"grid-column:{place['x'] + 1}/span {place['w']};grid-row:{place['y'] + 1}/span {place['h']}"
        body = stat(panel, series) if panel["type"] == "stat" else chart(panel, series, end)
        cells.append(f'<section style="{at}"><h2>{html.escape(panel["title"])}</h2>{body}</section>')
    style = """
    body{margin:0;padding:10px;background:#111217;color:#ccccdc;font:12px sans-serif;width:1320px}
    main{display:grid;grid-template-columns:repeat(24,1fr);grid-auto-rows:26px;gap:8px}
    section{background:#181b1f;border:1px solid #2c3235;border-radius:3px;padding:6px 8px;overflow:hidden}
    h2{font-size:13px;font-weight:500;margin:0 0 6px} text{fill:#9a9aa8;font-size:11px}
    .stat{height:84px;display:flex;align-items:center;justify-content:center;font-size:22px;color:white}
    .legend span{margin-right:10px;white-space:nowrap} .legend i{display:inline-block;width:12px;height:4px;
    margin-right:4px;vertical-align:middle} .legend{height:30px;overflow:hidden;line-height:15px}
    """
    return f"<!doctype html><meta charset=utf-8><style>{style}</style><main>{''.join(cells)}</main>"


async def measure(program):
    """The page with what a real run has left in Prometheus."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    target = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "bot").mkdir()
        async with open_house(folder / "bot") as house, prometheus(program, folder, target) as address:
            house.ideogram.dials.latency_s = 5
            settings = {"IDEOGRAM_MAX_IN_FLIGHT": 5, "COOLDOWN_S": 60, "LOG_LEVEL": "WARNING"}
            bot = await house.launch(METRICS_LISTEN=target, **settings)
            await house.discord.ready(60)
            await work(house)
            end = time.time()
            async with aiohttp.ClientSession() as session:
                answers = [await ask(session, address, panel, end) for panel in panels]
            await bot.kill()
        return page(panels, answers, end)


def main():
    chromium, program = shutil.which("chromium"), shutil.which("prometheus")
    if chromium is None or program is None:
        sys.exit("chromium and prometheus are needed here")
    drawn = asyncio.run(measure(program))
    with headless_chromium(chromium) as browser:
        window = browser.new_page(viewport={"width": 1340, "height": 900})
        window.set_content(drawn)
        picture = window.screenshot(full_page=True)
    with Image.open(BytesIO(picture)) as image:
        image.save(PICTURES / "dashboard.webp", quality=80)


if __name__ == "__main__":
    main()
