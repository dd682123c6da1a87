"""Look at the page of `vggc report` in headless Chromium: on a desktop, on a phone, in light and in dark.

    pip install playwright                                  # no browser of its own is needed
    apt-get install chromium
    cargo build --release -p vggc
    python tests/reference/report_page.py --vggc target/release/vggc --out seen runs/fashion [runs/other ...]

Of one run, and of all of them side by side, the page must have its sections, ask for nothing from anywhere, report no
error, show every picture, and be no wider than the window. Screenshots are left in the folder to be looked at.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ALONE = ["curves", "network", "confusion", "classes", "filters", "timings", "settings"]
SIDE_BY_SIDE = ["results", "curves", "settings", "run1", "run2"]
WINDOWS = [("desktop", 1200, "light"), ("phone", 390, "light"), ("dark", 1200, "dark"), ("phone-dark", 390, "dark")]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]

# What of the page can be seen: its sections, how wide it is, how many pictures are broken or drawn with no extent,
# and the smallest contrast of its headings and paragraphs against what is behind them.
SEEN = """() => {
  const light = colour => {
    const parts = colour.match(/[0-9.]+/g).slice(0, 3).map(value => value / 255);
    const [r, g, b] = parts.map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!colour.endsWith(", 0)")) return light(colour);
    }
    return 1;
  };
  const contrast = element => {
    const [a, b] = [light(getComputedStyle(element).color), ground(element)].sort((a, b) => b - a);
    return (a + 0.05) / (b + 0.05);
  };
  const texts = [...document.querySelectorAll("h1, h2, p, td, th, strong, small, figcaption")];
  return {
    sections: [...document.querySelectorAll("section")].map(section => section.id),
    page: document.documentElement.scrollWidth,
    window: innerWidth,
    broken: [...document.images].filter(image => !image.naturalWidth).length,
    images: document.images.length,
    flat: [...document.querySelectorAll("svg")].filter(svg => svg.getBoundingClientRect().height < 20).length,
    drawings: document.querySelectorAll("svg").length,
    contrast: Math.min(...texts.map(contrast)),
  };
}"""


def look(browser, page, wanted, shots):
    """Open a page in every window; return what is wrong with it."""
    wrong = []
    for name, width, scheme in WINDOWS:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tab = context.new_page()
        tab.on("console", lambda message: wrong.append(f"{name}: console: {message.text}"))
        tab.on("pageerror", lambda error: wrong.append(f"{name}: error: {error}"))
        tab.on("request", lambda request: request.url.startswith(("file:", "data:")) or wrong.append(request.url))
        tab.goto(page.as_uri())
        for details in tab.query_selector_all("details"):
            details.evaluate("element => element.open = true")
        seen = tab.evaluate(SEEN)
        print(f"{page.name} {name}: {seen}")
        wrong += [f"{name}: no section {section}" for section in wanted if section not in seen["sections"]]
        if seen["page"] > seen["window"]:
            wrong.append(f"{name}: {seen['page']} wide in a window of {seen['window']}")
        if seen["broken"] or seen["flat"] or not seen["drawings"]:
            wrong.append(f"{name}: {seen['broken']} pictures and {seen['flat']} drawings cannot be seen")
        if seen["contrast"] < 4.5:
            wrong.append(f"{name}: a contrast of {seen['contrast']:.2f}, less than 4.5")
        tab.screenshot(path=f"{shots}-{name}.png", full_page=True)
        context.close()
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders of runs")
    parser.add_argument("--vggc", default="target/release/vggc")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--out", type=Path, required=True, help="folder for pages and screenshots")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    wrong = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=QUIET)
        pages = [("alone", arguments.runs[:1], ALONE), ("side-by-side", arguments.runs, SIDE_BY_SIDE)]
        for name, runs, wanted in pages[: len(arguments.runs)]:
            page = (arguments.out / f"{name}.html").resolve()
            subprocess.run([arguments.vggc, "report", *runs, "--out", page], check=True)
            wrong += look(browser, page, wanted, arguments.out / name)
        browser.close()
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
