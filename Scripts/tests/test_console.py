"""The page of deepsc-console in a real browser, over the real daemons: python3 -m unittest discover -s Scripts/tests

Needs `swift build -c release`, `make models` and the Debian packages chromium and chromium-driver. With DEEPSC_SCREENSHOTS
set to a folder, the page is left there as it looked: light, dark, and on a phone.
"""

import http.client
import json
import os
import pathlib
import stat
import sys
import tempfile
import time
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

from browser import ENTER, Browser  # noqa: E402
from link_under_test import ROOT, Link  # noqa: E402

PHOTO = ROOT / "docs/images/astronaut.png"
SHOWN = """const img = document.querySelector(`#stage-${arguments[0]} img`); return Boolean(img?.naturalWidth)"""
OVER = """return document.getElementById('said').innerText.startsWith('Received')
  && document.querySelectorAll('#turns li').length === arguments[0]
  && [...document.querySelectorAll('#turns li')].every((turn) => turn.dataset.state === 'acknowledged')"""


class ConsoleTests(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.link = Link(pathlib.Path(temporary.name) / "link", "{ loss = 0.0 }", seed=1)
        self.addCleanup(self.link.stop_all)
        self.link.start_all()
        self.link.start("deepsc-console")
        self.port = json.loads((self.link.directory / "deepsc-console.ready").read_text())["httpPort"]
        self.token = (self.link.directory / "console.token").read_text().strip()

    def ask(self, method, path, body=None, host=None, **headers):
        """One request to the console as a program makes it: (status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            fields = {"Host": host or f"127.0.0.1:{self.port}", **headers}
            connection.request(method, path, body=body, headers=fields)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def test_only_who_has_the_token_is_let_in_and_only_from_the_page(self):
        bearer = {"Authorization": f"Bearer {self.token}"}
        cookie = {"Cookie": f"deepsc-console={self.token}"}
        here = {"Origin": f"http://127.0.0.1:{self.port}"}
        self.assertEqual(stat.S_IMODE((self.link.directory / "console.token").stat().st_mode), 0o600)
        for path in ["/", "/console.js", "/api/tx/v1/status", "/api/tx/v1/nothing"]:
            status, headers, body = self.ask("GET", path)
            self.assertEqual((status, json.loads(body)["error"]["code"]), (401, "no_token"), path)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(self.ask("GET", "/api/tx/v1/status", Authorization="Bearer " + "0" * 64)[0], 401)
        self.assertEqual(self.ask("GET", "/api/tx/v1/status", Cookie="deepsc-console=" + "0" * 64)[0], 401)
        for path in ["tx/v1/status", "relay/v1/relay", "rx/v1/status"]:
            self.assertEqual(self.ask("GET", f"/api/{path}", **bearer)[0], 200, path)
            self.assertEqual(self.ask("GET", f"/api/{path}", **cookie)[0], 200, path)
        # A name that an attacker has lead here is no name of ours.
        self.assertEqual(self.ask("GET", "/api/tx/v1/status", host="evil.example", **cookie)[0], 421)
        self.assertEqual(self.ask("GET", "/login", host=f"evil.example:{self.port}")[0], 421)
        # Another page may not use the cookie, nor may one that does not say who it is.
        change = ("PATCH", "/api/relay/v1/relay", b'{"snr_db": 3}')
        for origin in [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}, {}]:
            self.assertEqual(self.ask(*change, **cookie, **origin)[0], 403, origin)
        self.assertEqual(self.ask(*change, **cookie, **here)[0], 200)
        self.assertEqual(self.ask(*change, **bearer)[0], 200)
        # The token opens the page by a cookie that scripts do not see.
        status, headers, _ = self.ask("GET", f"/login?token={self.token}")
        self.assertEqual((status, headers["Location"]), (303, "/"))
        for word in ["HttpOnly", "SameSite=Strict", self.token]:
            self.assertIn(word, headers["Set-Cookie"])
        self.assertEqual(self.ask("POST", "/login", f"token={self.token}", **here)[0], 303)
        status, headers, body = self.ask("POST", "/login", "token=guess", **here)
        self.assertEqual((status, "Set-Cookie" in headers), (401, False))
        self.assertIn(b"not the token", body)
        self.assertEqual(self.ask("POST", "/login", f"token={self.token}", Origin="http://evil.example")[0], 403)

    def test_nothing_but_the_daemons_own_routes_is_passed_on(self):
        bearer = {"Authorization": f"Bearer {self.token}"}
        for path in ["tx/", "tx/v2/status", "tx/v1/../v1/status", "tx/v1/%2e%2e/status", "db/v1/status", "rx/v1/status%00"]:
            self.assertEqual(self.ask("GET", f"/api/{path}", **bearer)[0], 404, path)
        for method in ["POST", "PUT", "DELETE"]:
            self.assertEqual(self.ask(method, "/api/rx/v1/receptions", b"", **bearer)[0], 404, method)
        status, _, body = self.ask("POST", "/api/tx/v1/transfers?sentence=smile", b"x" * (33 << 20), **bearer)
        self.assertEqual((status, json.loads(body)["error"]["code"]), (413, "too_large"))
        # A daemon's refusal comes as it is.
        status, _, body = self.ask("POST", "/api/tx/v1/transfers?sentence=she%20should%20smile", b"no photo", **bearer)
        self.assertEqual((status, json.loads(body)["error"]["code"]), (422, "photo"))
        self.link.kill("rx-daemon")
        status, _, body = self.ask("GET", "/api/rx/v1/status", **bearer)
        self.assertEqual((status, json.loads(body)["error"]["code"]), (502, "no_daemon"))
        self.link.start("rx-daemon")
        self.assertEqual(self.ask("GET", "/api/rx/v1/status", **bearer)[0], 200)

    def test_a_conversation_in_a_browser(self):
        page = Browser()
        self.addCleanup(page.close)
        page.open(f"http://127.0.0.1:{self.port}/login?token={self.token}")
        page.wait("daemons seen", "return document.querySelectorAll('#daemons .well').length === 3")

        # A photo and a sentence: every stage is shown, the last of them drawn by the receiver.
        page.type("#photo", str(PHOTO))
        page.type("#sentence", "make her smile a little more")
        page.click("#send")
        page.wait("received", OVER, 1)
        for stage in ["photo", "aligned", "inverted", "edited", "received"]:
            page.wait(stage, SHOWN, stage)
        [first] = self.link.results()
        self.assertEqual(page.run("return document.querySelector('#gallery li').dataset.id"), first)
        figures = page.text("#figures")
        for words in ["256 complex for 512 reals", "estimated Es/N0", "same person", "CBR"]:
            self.assertIn(words, figures)
        self.assertGreater(page.run("return document.querySelectorAll('#constellation circle').length"), 200)
        self.assertEqual(page.run("return document.querySelectorAll('#constellation .cross').length"), 64)

        # Once more, by the keyboard alone; then undo.
        page.type("#sentence", "make her look older" + ENTER)
        page.wait("older", OVER, 2)
        page.click("#undo")
        page.wait("undone", OVER, 3)
        page.wait("redo offered", "return !document.getElementById('redo').disabled")
        self.assertEqual(len(self.link.results()), 3)

        # A sentence that asks for nothing says so and changes nothing.
        page.type("#sentence", "is she wearing glasses?" + ENTER)
        page.wait("refused", "return document.getElementById('said').className === 'trouble'")
        self.assertEqual(page.run("return document.querySelectorAll('#turns li').length"), 3)

        # The channel: the slider reaches the relay, and the next picture has the noise.
        page.run(
            "const snr = document.getElementById('snr'); snr.value = -3;"
            "snr.dispatchEvent(new Event('input')); snr.dispatchEvent(new Event('change'));"
        )
        page.wait("changed", "return document.getElementById('profile').value === ''")
        status, relay = self.link.ask("GET", "/v1/relay", socket=str(self.link.directory / "relay.sock"))
        self.assertEqual((status, relay["snr_db"]), (200, -3))
        page.run("document.getElementById('sentence').value = ''")
        page.type("#sentence", "give her glasses" + ENTER)
        page.wait("noisy", OVER, 4)
        self.assertLess(self.newest()["reception"]["snrDecibels"], 2)
        page.run("document.getElementById('snr').value = 12;"
                 "document.getElementById('snr').dispatchEvent(new Event('change'));")
        # Nothing that the page's own policy forbids, and no error of a script; the refusal is in there.
        self.assertEqual([line for line in page.complaints() if "422" not in line], [])

        # Loaded again, the page has it all still.
        page.reload()
        page.wait("turns again", "return document.querySelectorAll('#turns li').length === 4")
        page.wait("picture again", SHOWN, "received")

        # Another face, and back to the first, which is among the earlier conversations.
        page.click("#fresh")
        page.wait("forgotten", "return document.querySelectorAll('#turns li').length === 0")
        page.click("#earlier summary")
        page.wait("listed", "return document.querySelectorAll('#sessions button').length === 1")
        page.click("#sessions button")
        page.wait("turns again", "return document.querySelectorAll('#turns li').length === 4")
        page.wait("picture again", SHOWN, "received")

        # A daemon is lost: the page says so, loses nothing, and goes on once it is there again.
        self.link.kill("tx-daemon")
        page.wait("lost", "return document.getElementById('is-tx-daemon').className === 'away'")
        page.type("#sentence", "give her bangs" + ENTER)
        page.wait("said so", "return document.getElementById('said').innerText.includes('tx-daemon does not answer')")
        self.assertEqual(page.run("return document.getElementById('sentence').value"), "give her bangs")
        self.link.start("tx-daemon")
        page.wait("back", "return document.getElementById('is-tx-daemon').className === 'well'")
        page.type("#sentence", ENTER)
        page.wait("went on", OVER, 5)

        # Killed in the midst of a transfer, which is followed to its end all the same.
        page.type("#sentence", "take the glasses off" + ENTER)
        page.wait("taken", "return document.querySelectorAll('#turns li').length === 6")
        self.link.kill("tx-daemon")
        page.wait("lost again", "return document.getElementById('is-tx-daemon').className === 'away'")
        self.link.start("tx-daemon")
        page.wait("arrived", OVER, 6)

        # The device's camera.
        page.click("#camera")
        page.wait("a picture in the finder", "return document.getElementById('viewfinder').videoWidth > 0")
        page.wait("shutter", "return !document.getElementById('shoot').disabled")
        # In what it shows there is no face: a stream of it does not begin, and the page says why.
        page.click("#stream")
        page.wait("no face", "return document.getElementById('camera-said').innerText.includes('face')")
        page.wait("as before", "return document.getElementById('stream').innerText === 'Stream it'")
        page.click("#shoot")
        page.wait("taken", "return document.getElementById('chosen').innerText.startsWith('camera.png')")

        self.screenshots(page)

    def test_a_stream_is_shown_as_it_runs(self):
        bearer = {"Authorization": f"Bearer {self.token}"}
        page = Browser()
        self.addCleanup(page.close)
        page.open(f"http://127.0.0.1:{self.port}/login?token={self.token}")
        page.wait("no stream", "return document.getElementById('live-section').hidden")
        photo = PHOTO.read_bytes()
        status, _, body = self.ask("POST", "/api/tx/v1/streams", photo, **bearer)
        self.assertEqual(status, 201, body)
        stream = json.loads(body)["id"]

        def frame(milliseconds):
            path = f"/api/tx/v1/streams/{stream}/frames?at={milliseconds}"
            return json.loads(self.ask("POST", path, photo, **bearer)[2])["fate"]

        began, fates = time.monotonic(), []
        while fates.count("sent") < 8:
            self.assertLess(time.monotonic() - began, 120)
            fates.append(frame(int(1000 * (time.monotonic() - began))))
            time.sleep(0.4)
        self.assertLessEqual(set(fates), {"starting", "sent", "busy"})
        page.wait("live", "return document.querySelector('#live img')?.naturalWidth === 128")
        page.wait("counted", "return / of [0-9]+ frames shown/.test(document.querySelector('#live p').innerText)")
        self.assertEqual(page.run("return document.querySelector('#live li').dataset.id"), stream)
        self.assertEqual(page.complaints(), [])
        self.assertEqual(json.loads(self.ask("DELETE", f"/api/tx/v1/streams/{stream}", **bearer)[2])["state"], "over")
        page.wait("over", "return document.getElementById('live-section').hidden")
        recording = self.link.directory / "received/streams" / f"{stream}.mjpeg"
        self.assertGreaterEqual(recording.read_bytes().count(b"\xff\xd8\xff"), 4)
        self.assertEqual(set(self.link.results()), {stream})

    def screenshots(self, page):
        """No part is wider than its window, whatever that is; and the looks of it, where they are asked for."""
        folder = os.environ.get("DEEPSC_SCREENSHOTS")
        for name, width, dark in [("light", 1280, False), ("dark", 1280, True), ("phone", 390, False)]:
            page.shape(width, 844 if width < 600 else 1000, dark)
            self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), width, name)
            ground = page.run("return getComputedStyle(document.body).backgroundColor")
            self.assertEqual(ground == "rgb(22, 23, 26)", dark, ground)
            if folder:
                page.screenshot(pathlib.Path(folder) / f"console-{name}.png")

    def newest(self):
        return max(self.link.transfers().values(), key=lambda record: record["created"])


if __name__ == "__main__":
    unittest.main()
