"""Looks at pages in a real browser: look.py PAGES REFERENCES [record].

PAGES has HTML files and looks.json: {"NAME": [[WIDTH, DARK], …]}, the screenshots to compare with REFERENCES. Every page is
also checked at four widths in both themes: axe-core finds nothing, nothing is wider than the window, and nothing complains.
Fails by an assertion; prints one line of what it saw. `record` writes the references anew.
"""

import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../EndToEndTests/Scripts"))
from axe import PEER, source, violations  # noqa: E402
import glob  # noqa: E402

sys.path += glob.glob(os.path.join(PEER, "lib/python3*/site-packages"))
from PIL import Image, ImageChops, ImageFilter  # noqa: E402
from chromium import Browser  # noqa: E402

PAGES, REFERENCES = sys.argv[1], sys.argv[2]
RECORD = sys.argv[3:] == ["record"]
WIDTHS = (360, 768, 1280, 2560)
# References are kept small: half the size, few colors. Letters may differ by a shade from machine to machine.
SHADES = 24
# Of a long page the beginning.
POINTS = 600_000
# Share of the points that may differ by more than `DIFFERENCE` of 255, after a blur of a point.
TOLERANCE, DIFFERENCE = 0.01, 24


def small(data):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image = image.resize(((image.width + 1) // 2, (image.height + 1) // 2), Image.Resampling.BOX)
    return image.crop((0, 0, image.width, min(image.height, POINTS // image.width)))


def compare(name, image):
    path = os.path.join(REFERENCES, name + ".png")
    if RECORD:
        image.quantize(SHADES).save(path, optimize=True)
        return
    assert os.path.exists(path), f"{name}: there is no reference; scripts/record-looks makes it"
    reference = Image.open(path).convert("RGB")
    seen = os.path.join(PAGES, name + ".png")
    image.save(seen)
    assert image.size == reference.size, f"{name}: {image.size}, the reference has {reference.size}; see {seen}"
    blur = ImageFilter.BoxBlur(1)
    difference = ImageChops.difference(image.filter(blur), reference.filter(blur)).convert("L")
    histogram = difference.histogram()
    share = sum(histogram[DIFFERENCE:]) / (image.width * image.height)
    assert share <= TOLERANCE, f"{name}: {share:.2%} of it look different; see {seen}, or scripts/record-looks"


with open(os.path.join(PAGES, "looks.json"), encoding="utf-8") as file:
    looks = json.load(file)
axe = source()
found, shots = [], 0
with Browser() as browser:
    for name in sorted(looks):
        browser.open("file://" + os.path.join(os.path.abspath(PAGES), name + ".html"))
        for width in WIDTHS:
            for dark in (False, True):
                browser.view(width, dark=dark)
                theme = "dark" if dark else "light"
                wider = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
                if wider > 0:
                    found.append(f"{name} {width} {theme}: wider than the window by {wider}")
                found += [f"{name} {width} {theme}: {line}" for line in violations(browser, axe)]
                if [width, dark] in looks[name]:
                    path = os.path.join(PAGES, "shot.png")
                    browser.screenshot(path)
                    with open(path, "rb") as shot:
                        image = small(shot.read())
                    try:
                        compare(f"{name}-{width}-{theme}", image)
                    except AssertionError as error:
                        found.append(str(error))
                    shots += 1
    found += browser.complaints
assert not found, "\n".join(found)
print(f"ok: {len(looks)} pages, {shots} screenshots")
