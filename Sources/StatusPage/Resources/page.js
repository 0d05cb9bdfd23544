// Takes the page's new content from /events and changes only what differs, so that focus, scrolling and reading go on.
"use strict";
(() => {
  const main = document.getElementById("main");
  const live = document.getElementById("live");
  const word = live.querySelector(".word");
  const flashSeconds = 12;

  const say = (state, text) => {
    live.dataset.state = state;
    if (word.textContent !== text) word.textContent = text;
  };

  // Times come in UTC; people want their own.
  const near = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const far = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const localize = (root) => {
    for (const element of root.querySelectorAll("time[datetime]")) {
      const time = new Date(element.getAttribute("datetime"));
      if (Number.isNaN(time.getTime())) continue;
      element.title = element.getAttribute("datetime");
      element.textContent = (time.toDateString() === new Date().toDateString() ? near : far).format(time);
    }
  };

  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName;

  const morph = (from, to) => {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.data !== to.data) from.data = to.data;
      return;
    }
    // Whether a list is open is for the reader to say.
    const isOwn = (name) => name === "open" && from.nodeName === "DETAILS";
    for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && !isOwn(name)) from.removeAttribute(name);
    for (const { name, value } of [...to.attributes]) {
      if (from.getAttribute(name) !== value && !isOwn(name)) from.setAttribute(name, value);
    }
    children(from, to);
  };

  const children = (from, to) => {
    let old = from.firstChild;
    const wanted = new Set([...to.childNodes].map((node) => node.id).filter(Boolean));
    // A node that is moved loses its focus: rather drop what stands before it and is not wanted any more.
    const drop = (condition) => {
      while (old && condition(old)) {
        const next = old.nextSibling;
        old.remove();
        old = next;
      }
    };
    for (const next of [...to.childNodes]) {
      if (next.nodeType === Node.ELEMENT_NODE) drop((node) => node.nodeType === Node.TEXT_NODE);
      let match = null;
      if (next.id) {
        for (let node = old; node && !match; node = node.nextSibling) {
          if (node.id === next.id && alike(node, next)) match = node;
        }
      } else if (old && !old.id && alike(old, next)) {
        match = old;
      }
      if (!match) {
        from.insertBefore(next, old);
      } else {
        drop((node) => node !== match && !wanted.has(node.id));
        if (match === old) old = old.nextSibling; else from.insertBefore(match, old);
        morph(match, next);
      }
    }
    drop(() => true);
  };

  const show = (content) => {
    const hadFocus = main.contains(document.activeElement);
    // What an action came to stays for its time, whatever comes meanwhile.
    const flash = document.getElementById("flash");
    if (flash && !content.querySelector("#flash")) content.querySelector(".title")?.after(flash.cloneNode(true));
    localize(content);
    children(main, content);
    if (hadFocus && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
    const badge = main.querySelector(".title .badge");
    if (badge) document.title = `${main.querySelector("h1").textContent}: ${badge.textContent}`;
  };

  let events = null;
  const follow = () => {
    events?.close();
    events = new EventSource(live.dataset.events);
    events.onopen = () => say("on", "Live");
    events.addEventListener("page", (event) => {
      say("on", "Live");
      const template = document.createElement("template");
      template.innerHTML = event.data;
      show(template.content);
    });
    events.onerror = (event) => {
      // One that was closed for another says nothing any more.
      if (event.target !== events) return;
      if (events.readyState === EventSource.CLOSED) {
        say("lost", "Not live");
        setTimeout(follow, 10000);
      } else {
        say("lost", "Reconnecting");
      }
    };
  };
  addEventListener("pagehide", () => events?.close());

  let flashTimer;
  const ageFlash = () => {
    clearTimeout(flashTimer);
    flashTimer = setTimeout(() => document.getElementById("flash")?.remove(), flashSeconds * 1000);
  };

  // The list of firms: search, filter, order and pages work without this; with it, the list changes as one types.
  let asked = 0;
  const go = async (address, keep) => {
    const number = ++asked;
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok) return location.assign(address);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (number !== asked) return;
      if (keep) history.replaceState(null, "", address); else history.pushState(null, "", address);
      live.dataset.events = page.getElementById("live").dataset.events;
      show(page.getElementById("main"));
      follow();
    } catch {
      say("lost", "Not sent; try again");
    }
  };
  const listed = () => {
    const fields = new URLSearchParams(new FormData(document.getElementById("filters")));
    for (const [name, value] of [...fields]) if (!value) fields.delete(name);
    return "/?" + fields;
  };
  let typing;
  main.addEventListener("input", (event) => {
    if (!event.target.closest("#filters")) return;
    clearTimeout(typing);
    typing = setTimeout(() => go(listed(), true), 150);
  });
  main.addEventListener("click", (event) => {
    const link = event.target.closest(".sort, .pages a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.getAttribute("href"), false);
  });
  addEventListener("popstate", () => location.reload());

  // Forms work without this; with it, the page stays where it is.
  main.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.id === "filters") {
      event.preventDefault();
      clearTimeout(typing);
      go(listed(), true);
      return;
    }
    const button = event.submitter;
    if (!button || form.method !== "post") return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    fields.set(button.name, button.value);
    button.disabled = true;
    try {
      // Not form.action: that is the button of this name.
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields, credentials: "same-origin" });
      if (!answer.ok) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      document.getElementById("flash")?.remove();
      show(page);
      ageFlash();
    } catch {
      button.disabled = false;
      say("lost", "Not sent; try again");
    }
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  localize(main);
  if (document.getElementById("flash")) ageFlash();
  say("off", "Connecting");
  follow();
})();
