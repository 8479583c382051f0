"""The parts of the progress reducer: members and claims, casework, the figures that are shown."""
