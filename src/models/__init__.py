"""Floor 1: nets and learned dynamics. They know mechanics, and no system."""
