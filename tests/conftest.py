"""What holds for all tests: time decides no test, and a failing example is found again."""

from hypothesis import settings

settings.register_profile("chorus", deadline=None, print_blob=True)
settings.load_profile("chorus")
