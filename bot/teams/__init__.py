"""Microsoft Teams behind the port of `core.chat`. The only package that knows Teams, and the only one that imports PyJWT (extra `teams`).

How a message of Teams' comes in::

    POST /api/messages ─▶ tokens.Verifier ─▶ activities.read ─▶ Dispatcher        (nothing is parsed before the token holds)
                              ▲ keys.SigningKeys     │
                              │ (OpenID document)    └─ tenant, app, serviceUrl against the workspace, each time

and how one goes out::

    Chat.post ─▶ render.activity ─▶ post.Connector ─▶ serviceUrl/v3/conversations/…    (tokens.AppTokens, pace.Pace)

What Teams does differently from Slack, and what follows:

* There is nothing like Socket Mode, so that it needs the HTTP adapter. The Bot Framework signs who sends, but not the body: what the body
  says of tenant, conversation and address is held against the workspace whose app the token is for.
* A reply goes to a `serviceUrl` that the activity names. It is called only if its origin is one of `teams.service_hosts`, which
  `hosts` checks when it comes and again before each call; redirects are never followed.
* A workspace is a tenant, and a caller its Entra object id (`aadObjectId`): a name never says who somebody is.
* No message is for one reader alone. A whisper is a personal message; where Teams refuses that, a neutral sentence stands in the channel.
* A message cannot open a dialog. A button can, so that what needs a form shows one that is called **Fill in**.
* A command typed in a channel is public before the bot reads it: sealed texts come from dialogs only.
* Teams waits 10 to 15 seconds for the response to an activity, and stops delivering to an app that answers 5xx: it is answered at once
  with 200, whatever it holds, once the token is right and the body is JSON; the rest is done in the pool.
"""
