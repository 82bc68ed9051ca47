"""A simulated WebNet: same paths, same shapes, same traps as the recordings it is held against.

    with WebNetLab(job_seconds=0.2) as lab:
        requests.get(f"{lab.url}/api/v1/auth/me", headers={"X-API-Key": BOT_KEY})

It holds customers 1 Acme (devices 1 to 130) and 2 Globex (131 to 170), and these users, all with the password
`Lab-Passw0rd!`:

    id  name             role      customers  API key
    1   root-admin       admin     all        lab-root-key-0123456789
    2   alice-admin      admin     all        lab-alice-key-0123456789
    3   oscar-operator   operator  1          lab-oper-key-0123456789
    4   vera-viewer      viewer    1          lab-vera-key-0123456789
    5   gina-globex      operator  2          lab-gina-key-0123456789
    6   ivan-inactive    operator  1          lab-inactive-key-0123456789  (refused: inactive)
    7   bob-both         operator  1, 2       lab-both-key-0123456789
    8   nick-nocustomer  viewer    none       lab-nick-key-0123456789
    9   chatops-bot      admin     all        lab-bot-key-0123456789
                                              lab-scoped-key-0123456789    (scopes ["read"], not enforced)
                                              lab-expired-key-0123456789   (refused: expired)

`control` describes the same controls over HTTP, under `/_lab/`.
"""

from lab.webnet.clock import ManualClock
from lab.webnet.credentials import BOT_KEY, PASSWORD
from lab.webnet.lab import WebNetLab
from lab.webnet.record import Entry
from lab.webnet.serving import serve

__all__ = ["BOT_KEY", "PASSWORD", "Entry", "ManualClock", "WebNetLab", "serve"]
