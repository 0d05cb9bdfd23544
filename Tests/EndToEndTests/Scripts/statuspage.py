"""Watches a running sync in a real browser: statuspage.py PAGE FIRM [FOLDER FOR SCREENSHOTS].

Fails by an assertion; prints one line of what it saw.
"""

import json
import os
import sys

from chromium import Browser

PAGE, FIRM = sys.argv[1], sys.argv[2]
SHOTS = sys.argv[3] if len(sys.argv) > 3 else None

# What a screen reader and an eye need, from the page as it is: names, headings, landmarks, contrast, sizes.
CHECK = r"""(() => {
  const found = [];
  const visible = (e) => { const r = e.getBoundingClientRect(), s = getComputedStyle(e);
    return r.width > 0 && r.height > 0 && s.visibility !== "hidden" && s.display !== "none"; };
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const ground = (e) => { const all = []; for (let n = e; n; n = n.parentElement) all.push(parse(getComputedStyle(n).backgroundColor));
    return all.reverse().reduce((below, c) => over(c, below), [255, 255, 255, 1]); };
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title) found.push("no title");
  for (const tag of ["main", "header", "h1"]) if (document.querySelectorAll(tag).length !== 1) found.push(`not one ${tag}`);
  let level = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4")) { const l = Number(h.tagName[1]);
    if (l > level + 1) found.push("heading jumps: " + h.textContent); level = l; if (!h.textContent.trim()) found.push("empty heading"); }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((x) => x === id).length > 1) found.push("id twice: " + id);
  for (const e of document.querySelectorAll("[aria-labelledby]")) if (!document.getElementById(e.getAttribute("aria-labelledby"))) found.push("label lost");
  for (const e of document.querySelectorAll("a,button,input:not([type=hidden]),progress")) {
    const name = e.getAttribute("aria-label") || e.textContent.trim() || (e.labels && e.labels.length && e.labels[0].textContent);
    if (!name) found.push("no name: " + e.outerHTML.slice(0, 80));
    if (e.tagName === "BUTTON" && e.getAttribute("aria-label") && !e.getAttribute("aria-label").includes(e.textContent.trim())) found.push("name without its label: " + e.textContent);
    if (e.tagName === "PROGRESS" && !e.textContent.trim()) found.push("progress without text");
    if (e.tagName === "BUTTON" && visible(e) && e.getBoundingClientRect().height < 24) found.push("small button: " + e.textContent);
  }
  let texts = 0, least = 99;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !visible(e) || ["PROGRESS", "NOSCRIPT", "SCRIPT"].includes(e.tagName)) continue;
    if (e.closest("button:disabled")) continue;
    const back = ground(e), fore = over(parse(getComputedStyle(e).color), back), value = ratio(fore, back);
    texts++; least = Math.min(least, value);
    if (value < 4.5) found.push(`contrast ${value.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  // The two fillings of a bar must be told apart from each other and from the track.
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window by " + (document.documentElement.scrollWidth - innerWidth));
  const boxes = [...document.querySelectorAll(".entities > li > span:not(:empty), .entities > li > .track, .entities > li > .groups, .groups li > span:not(:empty), .title > *, .bar .wrap > *")].filter(visible);
  for (const parent of new Set(boxes.map((b) => b.parentElement))) {
    const kids = boxes.filter((b) => b.parentElement === parent).map((b) => [b, b.getBoundingClientRect()]);
    for (const [a, x] of kids) for (const [b, y] of kids) if (a !== b && a.compareDocumentPosition(b) & 4 &&
      Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1 && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 1)
      found.push(`overlap: ${a.textContent.trim()} / ${b.textContent.trim()}`);
  }
  return {found: [...new Set(found)], texts, least};
})()"""


def check(browser, place):
    result = browser.evaluate(CHECK)
    assert not result["found"], (place, result["found"])
    assert result["texts"] > 5, place
    return result["least"]


def shot(browser, name):
    if SHOTS:
        browser.screenshot(os.path.join(SHOTS, name + ".png"))


def numbers(browser):
    return browser.evaluate(
        "[...document.querySelectorAll('.entities .count')].map((e) => e.textContent).join()")


with Browser() as browser:
    least = 99.0
    # The page as text, the way those see it whose browser runs no script.
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(f"{PAGE}/firms/{FIRM}")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)

    # Groups, while there are some: one is pulled forward, and a list that the reader closed stays closed.
    browser.view(1280)
    browser.open(f"{PAGE}/firms/{FIRM}")
    browser.wait("document.querySelector('#live').dataset.state === 'on'")
    browser.evaluate("window.same = true; 1")
    groups = "document.querySelector('#core-matters-groups')"
    browser.wait(f"{groups} !== null")
    group = "[...document.querySelectorAll('#core-matters-groups li')].reverse().find((e) => e.querySelector('button'))"
    browser.evaluate(f"window.group = {group}.id; {group}.querySelector('button').click(); 1")
    browser.wait("/^Matters of .* come first from now on\\.$/.test((document.querySelector('#flash') || {}).textContent)")
    browser.wait("/comes first|fetched|usable now/.test(document.getElementById(window.group).textContent)")
    browser.evaluate(f"{groups}.open = !{groups}.open; window.wasOpen = {groups}.open; 1")
    before = numbers(browser)
    browser.wait(f"[...document.querySelectorAll('.entities .count')].map((e) => e.textContent).join() !== {json.dumps(before)}")
    assert browser.evaluate(f"{groups} === null || {groups}.open === window.wasOpen")
    assert browser.evaluate("window.same === true")
    shot(browser, "groups")

    for width in (1280, 390):
        for dark in (False, True):
            browser.view(width, dark=dark)
            for path, name in ((f"/firms/{FIRM}", "firm"), ("/", "all")):
                browser.open(PAGE + path)
                browser.wait("document.querySelector('#live').dataset.state === 'on'")
                least = min(least, check(browser, (width, dark, path)))
                shot(browser, f"{name}-{width}-{'dark' if dark else 'light'}")

    browser.view(1280)
    browser.open(f"{PAGE}/firms/{FIRM}")
    browser.wait("document.querySelector('#live').dataset.state === 'on'")
    # Progress without a reload: the document stays the same, and so does what has the focus.
    browser.evaluate("window.same = true; document.querySelector('input[value=time_entries]').form.querySelector('button').focus(); 1")
    before = numbers(browser)
    browser.wait(f"[...document.querySelectorAll('.entities .count')].map((e) => e.textContent).join() !== {json.dumps(before)}")
    assert browser.evaluate("window.same === true")
    assert browser.evaluate("document.activeElement.value === 'prioritize'"), "the focus was lost"

    # By keyboard: what has the focus can be seen, Enter asks for time entries first.
    entity = "time_entries"
    browser.evaluate(f"document.querySelector('input[value={entity}]').form.querySelector('button').focus(); 1")
    browser.press("Tab")
    assert browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", "no visible focus"
    browser.evaluate(f"document.querySelector('input[value={entity}]').form.querySelector('button').focus(); 1")
    browser.press("Enter")
    browser.wait("(document.querySelector('#flash') || {}).textContent === 'Time entries come first from now on.'")
    browser.wait("document.querySelector('#historical-time_entries .first').textContent === 'comes first'")
    assert browser.evaluate("window.same === true")
    shot(browser, "prioritized")

    browser.evaluate("document.querySelector('button[value=pause]').click(); 1")
    browser.wait("document.querySelector('#state').textContent === 'Paused'", seconds=40)
    browser.wait("document.querySelector('button[value=resume]') !== null")
    least = min(least, check(browser, "paused"))
    shot(browser, "paused")

    browser.evaluate("document.querySelector('button[value=resume]').click(); 1")
    browser.wait("/The sync continues/.test((document.querySelector('#flash') || {}).textContent)", seconds=40)
    browser.wait("document.querySelector('#state').textContent === 'Running'", seconds=40)
    assert browser.evaluate("window.same === true")

    assert not browser.complaints, browser.complaints
    foreign = [url for url in browser.requests if not url.startswith(PAGE) and not url.startswith("about:")]
    assert not foreign, foreign
    print(f"ok: least contrast {least:.2f}, {len(browser.requests)} requests")
