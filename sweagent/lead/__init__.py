"""The tech lead: plan, dispatch, verify, review, integrate. It decides; agents only propose."""
