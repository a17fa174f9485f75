"""Models behind one protocol: LiteLLM as the gateway to every provider, and a scripted one that needs none."""
