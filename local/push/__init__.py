"""The push services of the local run and of the tests: FCM, and one for Web Push, true to their protocols.

In a test:

    async with fake_fcm(folder) as fcm, fake_webpush(folder) as web:
        settings = {**fcm.settings, **web.settings}     # for the notifier, each with CONVERSATIONS_ before it
        browser = web.subscribe()                       # browser.as_json() is what RegisterDevice gets
        web.script.tell(browser.endpoint, "429;retry-after=60", "201")
        ...
        web.devices.of(browser.endpoint).tray           # what the browser shows
        fcm.devices.of("token-of-the-phone").badge      # the number on the phone's icon

As a process of its own, for the local run:

    python -m local.push --folder .local/push --fcm-port 7160 --web-push-port 7161

It prints one line of JSON when it works: `{"ready": true, "settings": {...}, "fcm": ..., "web_push": ...}`. `settings`
are those of the notifier (CONVERSATIONS_FCM_PROJECT and so on, and a VAPID key that stays the same in this folder).
Because they depend only on the folder and the ports, `local.push.process.settings(folder, fcm_port, web_push_port)`
tells them before it is started; the credentials and the certificate are written before the line is printed, so the
notifier is started after it. It ends on SIGTERM.

What the devices show is told by `fcm.ndjson` and `web-push.ndjson` in the folder: one line for each push, with
`target`, `effect` (shown, replaced, cleared, nothing) and `tray`, all that the device shows after it. Other processes
subscribe browsers and script answers through the doors that `fcm.py` and `webpush.py` describe.
"""

from local.push.fcm import FakeFcm, fake_fcm
from local.push.webpush import FakeWebPush, Subscription, fake_webpush

__all__ = ["FakeFcm", "FakeWebPush", "Subscription", "fake_fcm", "fake_webpush"]
