"""axe-core in a page of chromium.py: what it finds, as lines."""

import glob
import os

PEER = os.path.join(os.path.dirname(__file__), "../../../.build/page")


def source():
    """The text of axe.min.js, of the PyPI package that `scripts/setup page` installs."""
    found = glob.glob(os.path.join(PEER, "lib/python3*/site-packages/axe_playwright_python/axe.min.js"))
    assert found, "no axe-core: scripts/setup page installs it"
    with open(found[0], encoding="utf-8") as file:
        return file.read()


def violations(browser, text):
    """Runs all rules of WCAG 2.2 A and AA and the best practices."""
    browser.evaluate(text + "; 1")
    found = browser.evaluate("""axe.run(document, {resultTypes: ["violations"]}).then((result) => result.violations.map(
        (rule) => rule.id + " (" + rule.impact + "): " + rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")))""")
    return found
