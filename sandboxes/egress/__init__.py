"""The one way out of a sandbox: a proxy on the host that lets through what the policy's `allow` names, and tells it."""
