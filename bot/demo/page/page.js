// Adds to simcord's page what the demo needs: it scrolls to the newest message, offers a sample picture, updates relative
// times, and has an "Apps" menu on messages.

const SAMPLE = "/sample.jpg";
const RELATIVE = /^(in .+|.+ ago|now)$/;
const UNITS = [["second", 60], ["minute", 3600], ["hour", 86400]];
const inWords = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" });

document.querySelector(".brand-mark").textContent = "R";
document.querySelector(".preview-brand strong").textContent = "remix-bot demo";
document.querySelector(".preview-brand").removeAttribute("aria-label");

/** Keeps the newest message in view, unless the visitor has scrolled up. */
const timeline = document.getElementById("channel-timeline");
const NEAR = 80;
let following = true;
for (const kind of ["wheel", "touchmove", "pointerup", "keyup"]) {
  timeline.addEventListener(kind, () => requestAnimationFrame(() => {
    following = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < NEAR;
  }), { passive: true });
}
const follow = new ResizeObserver(() => { if (following) timeline.scrollTop = timeline.scrollHeight; });
follow.observe(timeline);
follow.observe(document.getElementById("channel-message-list"));
document.getElementById("channel-composer").addEventListener("keydown", (event) => {
  if (event.key === "Enter") following = true;
});

/**
 * Marks the command that was typed. simcord keeps the mark on the command that stood first when only "/" was typed, so
 * Enter after "/remix" took /my-remixes. Moves it with arrow keys, which is how simcord's own list is controlled.
 */
const composerInput = document.getElementById("channel-composer-input");
let typed = "";
let chosen = false;
function markTypedCommand() {
  const list = document.getElementById("command-picker-listbox");
  if (!list) return;
  const text = composerInput.value.trim();
  if (text !== typed) [typed, chosen] = [text, false];
  if (chosen) return;
  const entries = [...list.querySelectorAll(".command-entry")];
  const names = entries.map((entry) => entry.querySelector("strong").textContent);
  const prefixed = names.findIndex((name) => name.startsWith(text));
  const best = names.includes(text) ? names.indexOf(text) : Math.max(prefixed, 0);
  const marked = entries.findIndex((entry) => entry.classList.contains("is-active"));
  if (!entries.length || marked === best) return;
  const key = marked < best ? "ArrowDown" : "ArrowUp";
  for (let step = Math.abs(best - marked); step > 0; step -= 1) {
    composerInput.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
}
document.addEventListener("keydown", (event) => {
  if (!event.isTrusted || event.target !== composerInput) return;
  if (event.key === "Enter" || event.key === "Tab") markTypedCommand();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") [typed, chosen] = [composerInput.value.trim(), true];
}, { capture: true });

/** Shows pictures once they have their pixels: simcord draws them before it has loaded them, as broken ones. */
for (const [kind, has] of [["load", true], ["error", false]]) {
  document.addEventListener(kind, ({ target }) => {
    if (target instanceof HTMLImageElement) target.classList.toggle("has-pixels", has);
  }, { capture: true });
}

/**
 * Lets Enter send a command after its last option or its file was chosen: simcord removes the field that had the focus,
 * or leaves it on the button that opens the list of files.
 */
function hasFile(target) {
  return target.matches(".command-file-choose") && target.parentElement.querySelector(".command-file-remove");
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !document.querySelector(".command-chip")) return;
  if (event.target !== document.body && !hasFile(event.target)) return;
  event.preventDefault();
  following = true;
  document.getElementById("channel-composer").requestSubmit();
});

/** Fills the command's file option with the sample picture, as if the visitor had chosen it from the disk. */
async function takeSample(input) {
  const bytes = await (await fetch(SAMPLE)).blob();
  const chosen = new DataTransfer();
  chosen.items.add(new File([bytes], "sample.jpg", { type: "image/jpeg" }));
  input.files = chosen.files;
  input.dispatchEvent(new Event("change"));
}

function sampleButton(take) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "command-sample" });
  button.textContent = "Sample picture";
  button.addEventListener("click", () => void take());
  return button;
}

/** What `find` finds, as soon as simcord has drawn it. */
async function drawn(find) {
  for (let frame = 0; frame < 60; frame += 1) {
    const found = find();
    if (found) return found;
    await new Promise(requestAnimationFrame);
  }
  return null;
}

/** Adds the command's option for the picture, which is optional, and fills it. */
async function addSample(ghost) {
  ghost.click();
  const named = (option) => option.querySelector(".command-suggestion-label")?.textContent === "image";
  const option = await drawn(() => [...document.querySelectorAll(".command-suggestion")].find(named));
  for (const kind of ["pointerdown", "mousedown", "mouseup", "click"]) {
    option?.dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true }));
  }
  const input = await drawn(() => document.querySelector(".command-file-input"));
  if (input) await takeSample(input);
}

function offerSample() {
  for (const input of document.querySelectorAll(".command-file-input")) {
    const pill = input.parentElement;
    if (pill.querySelector(".command-file-remove") || pill.nextElementSibling?.matches(".command-sample")) continue;
    pill.after(sampleButton(() => takeSample(input)));
  }
  for (const input of document.querySelectorAll(".upload-input")) {
    if (!input.nextElementSibling?.matches(".command-sample")) input.after(sampleButton(() => takeSample(input)));
  }
  const ghost = document.querySelector(".command-ghost");
  const isRemix = document.querySelector(".command-chip")?.textContent.trim() === "/remix";
  if (ghost && isRemix && !document.querySelector(".command-file-input") && !ghost.parentElement.querySelector(".command-sample")) {
    ghost.before(sampleButton(() => addSample(ghost)));
  }
}

/** Says what each optional option is for: simcord's list has an ellipsis there. Asked once for each person. */
let described = {};
let describedFor = null;
async function describeOptions() {
  const ellipses = document.querySelectorAll(".command-suggestion-ellipsis");
  if (!ellipses.length) return;
  const viewer = document.getElementById("viewer-picker").value;
  if (describedFor !== viewer) {
    describedFor = viewer;
    described = (await ask({ kind: "option_descriptions" })).descriptions ?? {};
  }
  const options = described[document.querySelector(".command-chip")?.textContent.trim()] ?? {};
  for (const ellipsis of ellipses) {
    const words = options[ellipsis.parentElement.querySelector(".command-suggestion-label").textContent];
    if (words && ellipsis.textContent !== words) ellipsis.textContent = words;
  }
}

/** Updates relative times every second, as Discord does. simcord only writes them when it publishes the page. */
function runTimes() {
  for (const time of document.querySelectorAll("time.discord-timestamp")) {
    if (!RELATIVE.test(time.textContent)) continue;
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    const [unit, next] = UNITS.find(([, limit]) => Math.abs(seconds) < limit) ?? ["day", 0];
    const length = { second: 1, minute: 60, hour: 3600, day: 86400 }[unit];
    const words = inWords.format(Math.round(seconds / length), unit);
    if (time.textContent !== words) time.textContent = words;
  }
}

/** Follows links to a message within this page instead of opening discord.com, and stops following the newest message. */
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="https://discord.com/channels/"]') : null;
  if (!link) return;
  event.preventDefault();
  // Search in the timeline only: simcord's hidden list of messages has the same ids.
  const message = timeline.querySelector(`[data-message-id="${CSS.escape(link.href.split("/").at(-1))}"]`);
  // In the next frame, because this click also triggers the pointerup handler above, which sets `following`.
  // And "instant", because a redraw in the middle of a smooth scroll would stop it half-way.
  requestAnimationFrame(() => {
    following = false;
    message?.scrollIntoView({ block: "start", behavior: "instant" });
  });
});

async function ask(body) {
  const response = await fetch("/api/action", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Simcord-Capability": location.hash.slice(1),
      "X-Simcord-Context": window.simcordPreview.contextId,
    },
    body: JSON.stringify(body),
  });
  return response.ok ? response.json() : {};
}

/** The channels that this person can see, in the place of the one channel's name. Asked when either has changed. */
const channelList = Object.assign(document.createElement("nav"), { className: "demo-channels" });
channelList.setAttribute("aria-label", "Channels");
document.querySelector(".channel-header").prepend(channelList);
let listedFor = "";
async function listChannels() {
  const viewer = document.getElementById("viewer-picker").value;
  const wanted = `${viewer} ${document.getElementById("channel-name").textContent}`;
  if (wanted === listedFor || !window.simcordPreview?.contextId) return;
  listedFor = wanted;
  const { channels = [], open, viewer: answered } = await ask({ kind: "channels" });
  if (listedFor !== wanted) return;
  // The menu changes before the server knows of it, so the answer may be for the person before. The timer asks again.
  if (answered !== viewer) { listedFor = ""; return; }
  channelList.replaceChildren(...channels.map(({ id, name }) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `# ${name}` });
    if (id === open) button.setAttribute("aria-current", "page");
    button.addEventListener("click", () => { following = true; void ask({ kind: "open_channel", channel_id: id }); });
    return button;
  }));
}

/** The open menu, kept here because simcord removes it when it redraws its message. */
let apps = null;
function closeApps() {
  apps?.menu.remove();
  apps = null;
}

async function openApps(message) {
  const { messageId } = message.dataset;
  const wasOpen = apps?.messageId === messageId;
  closeApps();
  if (wasOpen) return;
  const { names = [] } = await ask({ kind: "message_commands" });
  const menu = Object.assign(document.createElement("div"), { className: "apps-menu" });
  menu.setAttribute("role", "menu");
  for (const name of names) {
    const item = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    item.setAttribute("role", "menuitem");
    item.addEventListener("click", () => {
      closeApps();
      void ask({ kind: "message_command", name, target_id: messageId });
    });
    menu.append(item);
  }
  if (!names.length) menu.append(Object.assign(document.createElement("span"), { textContent: "No commands for messages" }));
  closeApps();
  apps = { messageId, menu };
  showApps();
}

function showApps() {
  const message = apps && timeline.querySelector(`.channel-message[data-message-id="${CSS.escape(apps.messageId)}"]`);
  if (message && apps.menu.parentElement !== message) message.append(apps.menu);
}

function offerApps() {
  for (const toolbar of document.querySelectorAll(".channel-message .message-context-actions")) {
    if (toolbar.querySelector(".message-apps")) continue;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "message-apps" });
    button.textContent = "Apps";
    button.addEventListener("click", () => void openApps(toolbar.closest(".channel-message")));
    toolbar.append(button);
  }
  showApps();
}

// simcord removes our buttons when it redraws, so they are added again, once per frame.
let waiting = false;
new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; offerSample(); offerApps(); markTypedCommand(); void describeOptions(); void listChannels(); });
}).observe(document.body, { childList: true, subtree: true });
setInterval(() => { runTimes(); void listChannels(); }, 1000);
