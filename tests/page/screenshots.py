#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes screenshots of the page in headless Chromium, and checks it.

    screenshots.py --url http://127.0.0.1:9800/ --out DIR --name 1000-zones
    screenshots.py --mock 100,1000,20000 --out DIR       # with simulated mounts; tests a dead daemon too

Writes NAME-{light,dark}-{desktop,phone}.png, and NAME-MODE.png for each colouring of the map. Exits with 1
if the page throws, violates its content security policy, asks any other host, is wider than the window, has
a control without a name or a table without headers, text of low contrast, or a map that the keyboard does
not reach. Needs Python and Debian's package chromium.
"""
import argparse
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
VIEWS = {
    "desktop": {"width": 1440, "height": 1000, "deviceScaleFactor": 1, "mobile": False},
    "phone": {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True},
}
# Only overflow and errors are checked at these widths.
OTHER_WIDTHS = (360, 768, 1024, 1920, 2560)
MAX_PHONE_HEIGHT = 3000
MODES = ("live", "fill", "stream", "age", "condition")

ROLES_WITH_NAMES = {"button", "link", "checkbox", "radio", "combobox", "spinbutton", "textbox", "table", "image",
                    "img", "application", "region", "heading", "columnheader", "rowheader"}

# Runs in the page before its own script.
WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (e) =>
  window.__violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber));
window.__shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
"""

# Returns a list of complaints.
CHECKS = r"""
(() => {
  const found = [];
  const say = (text, node) => found.push(text + (node ? ': <' + node.tagName.toLowerCase() + (node.id ? ' id=' + node.id : '') + '> ' + (node.textContent || '').trim().slice(0, 40) : ''));
  const isShown = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== 'hidden';
  const name = (node) => {
    const ids = (node.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean);
    const texts = ids.map((id) => (document.getElementById(id) || {}).textContent || '');
    return (texts.join(' ') || node.getAttribute('aria-label') || [...(node.labels || [])].map((l) => l.textContent).join(' ')
      || (/^(BUTTON|A|SUMMARY|LEGEND)$/.test(node.tagName) ? node.textContent : '')
      || (node.tagName === 'TABLE' && node.caption ? node.caption.textContent : '')).trim();
  };
  if (!document.documentElement.lang) say('no language');
  if (!document.title) say('no title');
  if (document.querySelectorAll('h1').length !== 1) say('not exactly one h1');
  for (const tag of ['header', 'main', 'footer']) if (!document.querySelector('body > ' + tag)) say('no landmark ' + tag);
  let level = 0;
  for (const heading of document.querySelectorAll('h1,h2,h3,h4')) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) say('heading skips a level', heading);
    level = now;
  }
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => say('id is used twice: ' + id));
  for (const node of document.querySelectorAll('[aria-labelledby],[aria-describedby]')) {
    for (const id of ((node.getAttribute('aria-labelledby') || '') + ' ' + (node.getAttribute('aria-describedby') || '')).split(/\s+/).filter(Boolean)) {
      if (!document.getElementById(id)) say('refers to nothing: ' + id, node);
    }
  }
  for (const node of document.querySelectorAll('a,button,input,select,textarea,summary,canvas,svg[role=img],[tabindex="0"],[role=region],table')) {
    if (isShown(node) && !name(node)) say('has no name', node);
  }
  for (const table of document.querySelectorAll('table')) {
    if (!isShown(table)) continue;
    if (!table.tHead || !table.tHead.querySelector('th[scope=col]')) say('table without column headers', table);
    for (const cell of table.querySelectorAll('th')) if (!cell.scope) say('header without scope', cell);
    for (const body of table.tBodies) for (const row of body.rows) {
      if (!row.querySelector('th[scope=row]')) { say('row without a header', row); break; }
      if (table.tHead.rows[0] && row.cells.length !== table.tHead.rows[0].cells.length) { say('row has another number of cells than the head', row); break; }
    }
  }
  for (const node of document.querySelectorAll('a,button,input,select,summary')) {
    const box = node.getBoundingClientRect();
    const label = node.closest('label');
    const inText = node.tagName === 'A';
    if (isShown(node) && !label && !inText && (box.height < 23.5 || box.width < 23.5)) say('target below 24 px', node);
  }
  const overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (overflow > 0) {
    say('the page is ' + overflow + ' px wider than the window');
    for (const node of document.querySelectorAll('main *')) {
      if (node.getBoundingClientRect().right > innerWidth + 1 && !node.closest('.scroll,.log,svg')) { say('too wide', node); break; }
    }
  }
  for (const node of document.querySelectorAll('body *')) {
    if (node.style.length && node.getAttribute('style') === '') say('inline style', node);
    for (const attribute of node.attributes) if (/^on/i.test(attribute.name)) say('handler in an attribute', node);
  }
  if (document.querySelector('main script, main img, main iframe')) say('markup of the server was taken as markup');
  // Contrast: text against the nearest opaque background.
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const background = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const low = new Map();
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !isShown(node) || /^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(node.tagName)) continue;
    const style = getComputedStyle(node);
    const ground = background(node);
    const ink = over(rgba(node instanceof SVGElement ? style.fill : style.color), ground);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    texts++;
    if (ratio < (isLarge ? 3 : 4.5)) low.set(style.color + ' on ' + ground, ratio.toFixed(2) + ' "' + walker.currentNode.data.trim().slice(0, 30) + '"');
  }
  for (const [colours, text] of low) say('contrast ' + text + ' ' + colours);
  if (texts < 100) say('only ' + texts + ' texts: the page shows no data');
  found.push(...window.__violations.map((text) => 'content security policy: ' + text));
  return found;
})()
"""

# What has the focus, and whether that can be seen.
FOCUS = r"""
(() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  return {tag: node.tagName, id: node.id, text: (node.getAttribute('aria-label') || node.textContent || '').trim().slice(0, 40),
    visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.right > 0};
})()
"""


class Failure(Exception):
    """The browser did not do what was asked."""


class Browser:
    """Chromium, spoken to over two pipes in the DevTools protocol."""

    def __init__(self, deadline):
        self.deadline = deadline
        self.next_id = 0
        self.events = []
        self.buffer = b""
        self.profile = tempfile.mkdtemp(prefix="zonefs-j-page-")
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            raise Failure("no chromium: apt-get install -y --no-install-recommends chromium")
        to_read, self.to_write = os.pipe()
        self.to_read, to_write = os.pipe()
        command = [program, "--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + self.profile,
                   "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
                   "--disable-component-update", "--disable-breakpad", "--disable-sync", "--disable-extensions", "--disable-gpu",
                   "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio", "--no-proxy-server",
                   "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE ::1"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")

        def place():
            # Chromium reads from descriptor 3 and writes to 4. Neither copy may overwrite the other's source.
            low, high = os.dup(to_read), os.dup(to_write)
            while low in (3, 4):
                low = os.dup(low)
            while high in (3, 4):
                high = os.dup(high)
            os.dup2(low, 3)
            os.dup2(high, 4)
            os.nice(5)

        self.process = subprocess.Popen(command, preexec_fn=place, close_fds=False, start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)

    def close(self):
        """Ends the browser with all its processes, which are a group of their own."""
        try:
            os.write(self.to_write, b'{"id":0,"method":"Browser.close"}\0')
            self.process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.to_write)
        os.close(self.to_read)
        # Its last process may still write while the directory is removed.
        for _ in range(20):
            shutil.rmtree(self.profile, ignore_errors=True)
            if not os.path.exists(self.profile):
                break
            time.sleep(0.1)

    def receive(self, seconds):
        """The next message, or None after so long."""
        until = min(time.time() + seconds, self.deadline)
        while b"\0" not in self.buffer:
            wait = until - time.time()
            if wait <= 0 or not select.select([self.to_read], [], [], wait)[0]:
                if time.time() >= self.deadline:
                    raise Failure("out of time")
                return None
            got = os.read(self.to_read, 1 << 20)
            if not got:
                raise Failure("chromium ended")
            self.buffer += got
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.next_id += 1
        message = {"id": self.next_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to_write, data):]
        until = time.time() + 60
        while time.time() < until:
            answer = self.receive(until - time.time())
            if answer is None:
                break
            if answer.get("id") == self.next_id:
                if "error" in answer:
                    raise Failure(method + ": " + answer["error"]["message"])
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)
        raise Failure(method + ": no answer")

    def idle(self, seconds):
        """Collects events for so long."""
        until = time.time() + seconds
        while time.time() < until:
            message = self.receive(until - time.time())
            if message and "method" in message:
                self.events.append(message)


class Page:
    """One tab with one look."""

    def __init__(self, browser, url, theme, view):
        self.browser = browser
        self.url = url
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.call("Emulation.setDeviceMetricsOverride", **view)
        self.call("Page.navigate", url=url)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failure(str(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def wait_for(self, script, seconds=30):
        until = time.time() + seconds
        while time.time() < until:
            if self.run(script):
                return True
            self.browser.idle(0.2)
        return False

    def key(self, key, code=None, modifiers=0):
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key, modifiers=modifiers,
                      windowsVirtualKeyCode={"Tab": 9, "ArrowRight": 39, "ArrowLeft": 37, "ArrowDown": 40,
                                             "ArrowUp": 38, "End": 35, "Home": 36, "Enter": 13}.get(key, 0))

    def picture(self, path, selector=None):
        clip = {}
        if selector:
            box = self.run("(() => { const b = document.querySelector(%s).getBoundingClientRect();"
                           "return [b.left + scrollX, b.top + scrollY, b.width, b.height]; })()" % json.dumps(selector))
            clip["clip"] = {"x": box[0], "y": box[1], "width": box[2], "height": box[3], "scale": 1}
        else:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, **clip)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def nameless(self):
        """What a screen reader meets without a name, as Chromium computes it."""
        found = []
        for node in self.call("Accessibility.getFullAXTree")["nodes"]:
            role = node.get("role", {}).get("value", "")
            if node.get("ignored") or role not in ROLES_WITH_NAMES:
                continue
            if not node.get("name", {}).get("value", "").strip():
                found.append("a screen reader meets a %s without a name" % role)
        return found

    def complaints(self, may_fail=False):
        """What the browser reported of this tab so far."""
        found = []
        origin = urllib.parse.urlsplit(self.url)[:2]
        waiting = {}
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            what = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append("exception: " + json.dumps(what["exceptionDetails"].get("exception", what))[:400])
            elif event["method"] == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
                found.append("console: " + json.dumps(what["args"])[:400])
            elif event["method"] == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
                if not (may_fail and what["entry"]["source"] == "network"):
                    found.append("log: " + what["entry"]["text"][:300] + " " + what["entry"].get("url", ""))
            elif event["method"] == "Network.requestWillBeSent":
                url = urllib.parse.urlsplit(what["request"]["url"])
                if url.scheme not in ("data", "about") and url[:2] != origin:
                    found.append("request to another address: " + what["request"]["url"][:200])
                path = url.path if url[:2] == origin else None
                if path and path in waiting.values():
                    found.append("a second request of %s before the answer to the first" % path)
                waiting[what["requestId"]] = path
                if what["request"]["method"] != "GET":
                    found.append("request that is no GET: " + what["request"]["url"][:200])
            elif event["method"] in ("Network.loadingFinished", "Network.loadingFailed"):
                waiting.pop(what["requestId"], None)
        self.browser.events = [e for e in self.browser.events if e.get("sessionId") != self.session]
        return found

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)


LOADED = ("document.getElementById('counts') && document.getElementById('counts').rows.length > 0 && "
          "document.getElementById('tile-write').textContent !== '–' && "
          "document.querySelectorAll('#throughput-svg path').length > 0")


def check_keyboard(page):
    """Tab reaches everything in turn and shows where it is; the arrow keys move in the map."""
    found = []
    stops = []
    page.run("document.activeElement.blur()")
    for _ in range(80):
        page.key("Tab")
        now = page.run(FOCUS)
        if now is None or (stops and now == stops[0]):
            break
        stops.append(now)
        if not now["visible"]:
            found.append("focus is not visible: %s" % now)
    tags = [stop["tag"] for stop in stops]
    if not stops or "Skip" not in stops[0]["text"]:
        found.append("the skip link is not the first stop: %s" % stops[:2])
    for wanted in ("BUTTON", "SELECT", "INPUT", "CANVAS", "SUMMARY"):
        if wanted not in tags:
            found.append("Tab does not reach a " + wanted.lower())
    page.run("document.getElementById('map').focus()")
    texts = []
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "End"):
        page.key(key)
        texts.append(page.run("document.getElementById('spoken').textContent"))
    if len(set(texts)) < 4 or not all(text.startswith("zone ") for text in texts) or texts[1] == texts[2]:
        found.append("arrow keys do not change the spoken text: %s" % texts)
    page.run("document.activeElement.blur()")
    return found, len(stops), texts


def check_url(browser, url, out, name, settle):
    """All views of one mount. Returns complaints."""
    found = []
    host = urllib.parse.urlsplit(url).hostname
    with urllib.request.urlopen(url, timeout=20) as answer:
        policy = answer.headers.get("Content-Security-Policy", "")
        size = len(answer.read())
    if "default-src 'none'" not in policy or "unsafe" in policy:
        found.append("content security policy is %r" % policy)
    for view_name, view in VIEWS.items():
        for theme in ("light", "dark"):
            page = Page(browser, url, theme, view)
            look = "%s %s" % (theme, view_name)
            if not page.wait_for(LOADED):
                found.append(look + ": shows no data within 30 s")
            browser.idle(2)
            page.run("window.__shift = 0")
            browser.idle(settle)
            shift = page.run("window.__shift")
            if shift > 0.05:
                found.append("%s: updates shift the layout by %.3f" % (look, shift))
            page.picture(os.path.join(out, "%s-%s-%s.png" % (name, theme, view_name)))
            height = page.call("Page.getLayoutMetrics")["cssContentSize"]["height"]
            if view_name == "phone" and height > MAX_PHONE_HEIGHT:
                found.append("%s: the page is %d px high" % (look, height))
            found += [look + ": " + one for one in page.run(CHECKS) + page.nameless()]
            if view_name == "desktop" and theme == "light":
                keyboard, stops, texts = check_keyboard(page)
                found += [look + ": " + one for one in keyboard]
                print("%s: %s, %d bytes, %d stops of Tab, e.g. %r" % (name, host, size, stops, texts[1]))
                found += check_numbers(page)
                found += check_modes(page, out, name)
                found += check_controls(page, out, name)
                found += check_widths(page)
            found += [look + ": " + one for one in page.complaints()]
            page.close()
    return found


# A load of 50 MB/s for two minutes, of which the drive gets the last 100 MB only after the end.
NUMBERS = r"""
(() => {
  const found = [];
  const samples = [];
  for (let second = 0; second < 240; second++) {
    const written = 50e6 * Math.min(second, 120);
    samples.push({at_millis: 1000 * second, application_bytes: written,
      drive_bytes: 1.2 * (written - Math.max(0, Math.min(100e6, 10e6 * (130 - Math.max(120, second)))))});
  }
  const [values] = charts.amplification.values(samples);
  if (!(Math.abs(values[110] - 1.2) < 0.1)) found.push('amplification under load: ' + values[110]);
  const most = Math.max(...values.filter((value) => value !== null));
  if (most > 1.5 || values.slice(131).some((value) => value !== null)) found.push('amplification after a load: up to ' + most + ', ' + values.slice(131).filter(Boolean)[0]);
  for (const parts of [[1, 1, 1], [60, 0.1, 39.9], [1e12 / 3, 7, 2e12 / 3, 0], [0, 0]]) {
    const sum = shares(parts).reduce((total, text) => total + parseFloat(text), 0);
    if (Math.abs(sum - (parts[0] ? 100 : 0)) > 1e-6) found.push('shares sum up to ' + sum + ' %');
  }
  const shown = ['live', 'reserved', 'reclaimable', 'free'].map((name) => parseFloat(document.getElementById('space-' + name).textContent.split('(')[1]));
  if (shown.reduce((a, b) => a + b, 0) > 100.01) found.push('the shares of the space sum up to more than 100 %: ' + shown);
  for (const id of ['drive-model', 'zones-active', 'unsynced', 'files', 'memory', 'cpu']) {
    if (!/[0-9a-z]/i.test(document.getElementById(id).textContent)) found.push('shows nothing: ' + id);
  }
  const label = document.querySelector('.tile dt');
  if (label.getClientRects().length && label.offsetHeight > 1.9 * parseFloat(getComputedStyle(label).fontSize)) found.push('the label of the first tile wraps');
  return found;
})()
"""


def check_numbers(page):
    """Numbers that were wrong when a load had ended, and sums."""
    return ["numbers: " + one for one in page.run(NUMBERS)]


def check_modes(page, out, name):
    """Each colouring draws another picture."""
    found = []
    drawn = set()
    for mode in MODES:
        page.run("(() => { const s = document.getElementById('mode'); s.value = '%s';"
                 "s.dispatchEvent(new Event('change')); })()" % mode)
        drawn.add(page.run("document.getElementById('map').toDataURL()"))
        page.picture(os.path.join(out, "%s-map-%s.png" % (name, mode)), "section[aria-labelledby=map-title]")
    if len(drawn) < 4:
        found.append("only %d of %d colourings of the map differ" % (len(drawn), len(MODES)))
    page.run("(() => { const s = document.getElementById('mode'); s.value = 'live';"
             "s.dispatchEvent(new Event('change')); })()")
    cost = page.run("(() => { const t = performance.now(); for (let i = 0; i < 10; i++) drawMap();"
                    "return (performance.now() - t) / 10; })()")
    print("%s: the map is drawn in %.1f ms" % (name, cost))
    return found


def check_controls(page, out, name):
    """The span of the charts, their tables, the theme and the pause."""
    found = []
    page.run("document.querySelector('#span input[value=\"3600000\"]').click();"
             "document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.browser.idle(1.5)
    page.picture(os.path.join(out, name + "-tables.png"))
    found += ["tables: " + one for one in page.run(CHECKS) + page.nameless()]
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
    grounds = []
    for theme in ("dark", "light", "system"):
        page.run("(() => { const s = document.getElementById('theme'); s.value = '%s';"
                 "s.dispatchEvent(new Event('change')); })()" % theme)
        grounds.append(page.run("getComputedStyle(document.body).backgroundColor"))
    if grounds[0] == grounds[1] or grounds[1] != grounds[2]:
        found.append("the theme does not change as chosen: %s" % grounds)
    page.run("document.getElementById('pause').click()")
    page.browser.idle(1)
    before = len(page.browser.events)
    page.browser.idle(3)
    asked = [e for e in page.browser.events[before:] if e["method"] == "Network.requestWillBeSent"]
    if asked or page.run("document.getElementById('state').textContent") != "paused":
        found.append("a paused page asks %d times" % len(asked))
    page.run("document.getElementById('pause').click()")
    if not page.wait_for("document.getElementById('state').textContent === 'live'", 10):
        found.append("the page does not resume after a pause")
    return found


def check_widths(page):
    found = []
    for width in OTHER_WIDTHS:
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        page.browser.idle(0.7)
        found += ["%d px: %s" % (width, one) for one in page.run(CHECKS) if "wide" in one]
    return found


def check_dead(browser, url, out, name):
    """The page says that the daemon is gone, and recovers."""
    found = []
    page = Page(browser, url, "light", VIEWS["desktop"])
    page.wait_for(LOADED)
    urllib.request.urlopen(url + "mock/dead?seconds=12", timeout=10).read()
    if not page.wait_for("!document.getElementById('lost-contact').hidden && "
                         "/Not reachable since/.test(document.getElementById('lost-contact').textContent)", 30):
        found.append("a dead daemon is not shown")
    page.picture(os.path.join(out, name + "-not-reachable.png"))
    found += [one for one in page.run(CHECKS)]
    if not page.wait_for("document.getElementById('lost-contact').hidden && "
                         "document.getElementById('state').textContent === 'live'", 60):
        found.append("the page does not recover when the daemon answers again")
    # One endpoint alone: what it shows is not live.
    urllib.request.urlopen(url + "mock/dead?seconds=25&path=/history.json", timeout=10).read()
    if not page.wait_for("/No answer of history.json/.test(document.getElementById('lost-contact').textContent)", 40):
        found.append("an endpoint without an answer is not shown")
    if page.run("document.getElementById('state').textContent") != "incomplete":
        found.append("the page is 'live' without one of its endpoints")
    found += page.complaints(may_fail=True)
    page.close()
    return ["dead daemon: " + one for one in found]


def with_mock(zones, work, *options):
    """Runs the simulated mount and ends it."""
    command = [sys.executable, os.path.join(HERE, "mock.py"), "--zones", str(zones), "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        return work(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="of a page that is there")
    parser.add_argument("--mock", help="numbers of zones of simulated mounts, like 100,1000,20000")
    parser.add_argument("--out", required=True, help="directory for the pictures")
    parser.add_argument("--name", default="page", help="first part of their names")
    parser.add_argument("--settle", type=float, default=6, help="seconds from the first data to a picture")
    parser.add_argument("--limit", type=float, default=600, help="seconds for all")
    arguments = parser.parse_args()
    if bool(arguments.url) == bool(arguments.mock):
        parser.error("give either --url or --mock")
    os.makedirs(arguments.out, exist_ok=True)
    found = []
    browser = None
    # So that the browser ends if a test ends this script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        browser = Browser(time.time() + arguments.limit)
        look = lambda url, name: check_url(browser, url, arguments.out, name, arguments.settle)
        if arguments.url:
            found += [arguments.name + ": " + one for one in look(arguments.url, arguments.name)]
        else:
            for zones in arguments.mock.split(","):
                name = zones + "-zones"
                found += [name + ": " + one for one in with_mock(zones, lambda url: look(url, name))]
            found += with_mock(100, lambda url: check_dead(browser, url, arguments.out, "100-zones"), "--read-only")
    except (Failure, OSError) as failed:
        found.append("%s: %s" % (type(failed).__name__, failed))
    finally:
        if browser:
            browser.close()
    found = list(dict.fromkeys(found))
    for one in found[:100]:
        print("WRONG: " + one)
    print("%d complaints" % len(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
