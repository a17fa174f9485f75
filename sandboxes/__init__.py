"""The walls: backends, policy, images, toolbox, and the channel through the wall."""
