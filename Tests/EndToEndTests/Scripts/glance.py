"""Opens one page in a real browser: glance.py URL WORD… fails unless it shows every word and complains of nothing."""

import sys

from chromium import Browser

with Browser() as browser:
    browser.open(sys.argv[1])
    text = browser.evaluate("document.body.innerText")
    for word in sys.argv[2:]:
        assert word in text, (word, text[:1000])
    assert not browser.complaints, browser.complaints
print("ok")
