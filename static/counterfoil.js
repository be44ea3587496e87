/* Counterfoil's own script: what makes a page pleasanter. Every page works without it. */
(() => {
  "use strict";

  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });

  const say = (text) => {
    const voice = document.getElementById("voice");
    if (voice && text) voice.textContent = text;
  };

  /* data-copy="text", or data-copy="#id" for the text of that element. */
  const copy = async (button) => {
    const value = button.dataset.copy;
    const source = value.startsWith("#") ? document.querySelector(value) : null;
    const label = button.querySelector(".word") || button;
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(source ? source.textContent.trim() : value);
      label.textContent = "Copied";
      say("Copied");
    } catch {
      if (source) getSelection().selectAllChildren(source);
      label.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { label.textContent = before; }, 2000);
  };

  /* A text's parts, in which no document's number breaks at its hyphens; as whole_numbers of the templates. */
  const wholeNumbers = (text) => text.split(/(\S{1,24}-\d{4}-\d+)/).map((part, n) => (n % 2 ? element("span", "nowrap", part) : part));

  /* form[data-confirm="Question?"], with data-confirm-detail and data-confirm-label if they help, and data-confirm-mild
     where nothing is taken away: the button is not red then. The form sends confirmed=yes, so that a view which asks
     those without script by a page of its own doesn't ask twice. */
  const ask = (form, submitter) => {
    const dialog = element("dialog", "dialog", "");
    const title = element("h2", "", "");
    title.append(...wholeNumbers(form.dataset.confirm));
    const actions = element("div", "form-actions", "");
    const stay = element("button", "button", "Cancel");
    const tone = "confirmMild" in form.dataset ? "button-primary" : "button-danger";
    const go = element("button", `button ${tone}`, form.dataset.confirmLabel || submitter?.textContent.trim() || "Confirm");
    title.id = "confirm-title";
    dialog.setAttribute("aria-labelledby", title.id);
    actions.append(stay, go);
    dialog.append(title);
    if (form.dataset.confirmDetail) dialog.append(element("p", "", form.dataset.confirmDetail));
    dialog.append(actions);
    stay.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => {
      const consent = Object.assign(document.createElement("input"), { type: "hidden", name: "confirmed", value: "yes" });
      form.append(consent);
      form.dataset.confirmed = "yes";
      dialog.close();
      form.requestSubmit(submitter?.type === "submit" ? submitter : undefined);
      delete form.dataset.confirmed;
      consent.remove();
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    stay.focus();
  };

  /* data-add-row="container id": clones the container's <template>, counting in Django's formset when there is one. */
  const addRow = (button) => {
    const rows = document.getElementById(button.dataset.addRow);
    const total = rows.parentElement.querySelector("input[name$='TOTAL_FORMS']");
    const index = total ? Number(total.value) : $$(":scope > [data-row]", rows).length;
    const holder = document.createElement("template");
    holder.innerHTML = rows.querySelector("template").innerHTML.replaceAll("__prefix__", index);
    rows.append(holder.content);
    if (total) total.value = index + 1;
    rows.lastElementChild.querySelector("input, select")?.focus();
    rows.dispatchEvent(new Event("change", { bubbles: true }));
  };

  /* A formset's row is ticked for deletion and hidden, any other goes. */
  const removeRow = (button) => {
    const row = button.closest("[data-row]");
    const rows = row.parentElement;
    const mark = row.querySelector("input[name$='-DELETE']");
    if (mark) { mark.checked = true; row.hidden = true; } else row.remove();
    rows.dispatchEvent(new Event("change", { bubbles: true }));
    document.querySelector(`[data-add-row="${rows.id}"]`)?.focus();
  };

  /* The server reads the cookie, so the next page comes in the right colours from its first byte. */
  const setTheme = (theme) => {
    const lasting = theme === "system" ? "max-age=0" : "max-age=31536000";
    document.cookie = `theme=${theme}; path=/; ${lasting}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    showTheme();
  };

  const showTheme = () => {
    const current = document.documentElement.dataset.theme || "system";
    $$("[data-theme-set]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === current));
    });
  };

  /* [data-keyed] holds rows with data-key; rows that a swap brings in are tinted and announced once. */
  let before = new Map();
  const keysOf = (list) => new Set($$("[data-key]", list).map((row) => row.dataset.key));
  const remember = () => {
    before = new Map($$("[data-keyed][id]").map((list) => [list.id, keysOf(list)]));
  };
  const markArrived = () => {
    $$("[data-keyed][id]").forEach((list) => {
      const known = before.get(list.id);
      if (!known) return;
      const fresh = $$("[data-key]", list).filter((row) => !known.has(row.dataset.key));
      fresh.forEach((row) => row.classList.add("arrived"));
      if (fresh.length === 1) say(fresh[0].dataset.announce || `1 new ${list.dataset.keyed || "entry"}`);
      if (fresh.length > 1) say(`${fresh.length} new ${list.dataset.keyedPlural || "entries"}`);
    });
    remember();
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    if (at("[data-copy]")) copy(at("[data-copy]"));
    else if (at("[data-add-row]")) addRow(at("[data-add-row]"));
    else if (at("[data-remove-row]")) removeRow(at("[data-remove-row]"));
    else if (at("[data-dismiss]")) at(".message")?.remove();
    else if (at("[data-theme-set]")) setTheme(at("[data-theme-set]").dataset.themeSet);
    $$("details.menu[open], details.rail-more[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    $$("details.menu[open], details.rail-more[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  /* In the capture phase, so that it comes before htmx sends the form. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, event.submitter);
  }, true);

  /* A form that is sent again while its answer is on the way would do it twice: the second click of a double click goes
     nowhere. A moment later it may be sent again, for an answer that is a file leaves the page as it is. */
  const AGAIN_AFTER = 2000;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    if (event.timeStamp - Number(form.dataset.sentAt || -AGAIN_AFTER) < AGAIN_AFTER) event.preventDefault();
    else form.dataset.sentAt = event.timeStamp;
  });

  /* A select or radio group that filters sends its form at once; without script there is the form's button. */
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit]")) event.target.form.requestSubmit();
  });

  /* Pages that refresh by themselves rest while nobody looks. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.matches("[data-poll]")) event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", markArrived);

  /* What a reader opened stays open when its region is refreshed; the nth of the old is the nth of the new. */
  const foldable = () => $$("details:not(.menu, .rail-more)");
  let opened = [];
  document.addEventListener("htmx:beforeSwap", () => { opened = foldable().map((details) => details.open); });
  document.addEventListener("htmx:afterSwap", () => {
    foldable().forEach((details, n) => { if (opened[n]) details.open = true; });
  });

  /* The server shows times in the reader's zone, from the next page on. */
  const tellZone = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone) document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  };

  /* The first field that was refused is where its reader has to go on. */
  const showRefused = () => document.querySelector("main [aria-invalid='true']")?.focus();

  const start = () => { remember(); showTheme(); tellZone(); showRefused(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
