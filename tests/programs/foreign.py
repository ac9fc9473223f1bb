"""What Schemathesis can't know: words that an answer must not have in it."""

import os

import schemathesis

FOREIGN = os.environ.get("FOREIGN", "").split()


@schemathesis.check
def nothing_foreign(ctx, response, case):
    headers = "\n".join(value for values in response.headers.values() for value in values)
    told = (response.content.decode(errors="replace") + "\n" + headers).lower()
    for word in FOREIGN:
        assert word not in told, f"The answer says {word}, which this caller must not see"
