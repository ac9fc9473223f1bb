"""Real clients that phone home: senders.py CLIENT URL CREDENTIAL SERIAL. Each prints what the portal answered."""

import json
import sys

import requests

client, url, credential, serial = sys.argv[1:]
bearer = {"Authorization": f"Bearer {credential}"}


def cloudevents():
    """The three modes of the CloudEvents SDK; the second and the third repeat what the first has said."""
    from cloudevents.core.bindings import http
    from cloudevents.core.v1.event import CloudEvent

    event = CloudEvent(
        attributes={"id": "sdk 1 é", "source": f"/systems/{serial}", "type": "com.example.alarm", "subject": "disk/3"},
        data={"severity": "critical", "message": "Disk 3 predicted failure"},
    )
    binary, structured = http.to_binary_event(event), http.to_structured_event(event)
    batch = b"[" + structured.body + b"]"
    batched = {"content-type": "application/cloudevents-batch+json"}
    for headers, body in [(binary.headers, binary.body), (structured.headers, structured.body), (batched, batch)]:
        answer = requests.post(f"{url}/ingest/alarms", data=body, headers={**headers, **bearer}, timeout=60)
        print(answer.status_code, json.dumps(answer.json()))


def pagerduty():
    """PagerDuty's own Python client, which looks for its own words in the answer."""
    import pdpyras

    session = pdpyras.EventsAPISession(credential)
    session.url = f"{url}/ingest/pagerduty"
    key = session.trigger("Disk 3 predicted failure", "ft6500-07", severity="critical", custom_details={"serial": serial})
    session.acknowledge(key)
    session.resolve(key)
    print(key)


def apprise():
    """Apprise pages as it pages PagerDuty, and posts its own JSON with the headers of a CloudEvent."""
    import apprise
    from apprise.plugins import pagerduty

    for region in pagerduty.PAGERDUTY_API_LOOKUP:
        pagerduty.PAGERDUTY_API_LOOKUP[region] = f"{url}/ingest/pagerduty/v2/enqueue"
    headers = {"ce-id": "apprise-1", "ce-specversion": "1.0", "ce-type": "com.github.caronc.apprise",
               "ce-source": f"/systems/{serial}", **bearer}
    query = "&".join(f"+{name}={requests.utils.quote(value, safe='')}" for name, value in headers.items())
    both = [f"pagerduty://{credential}@token/{serial}/disk", f"{url.replace('http', 'json', 1)}/ingest/alarms?{query}"]
    for service in both:
        sender = apprise.Apprise()
        assert sender.add(service), service
        print(bool(sender.notify(title="ft6500-07 DUPLEX lost", body="CPU enclosure 1 removed", notify_type="failure")))


{"cloudevents": cloudevents, "pagerduty": pagerduty, "apprise": apprise}[client]()
