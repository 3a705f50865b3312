"""Floor 1b: what drives a system that has inputs."""
