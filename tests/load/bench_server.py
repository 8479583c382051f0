"""The embedded server with one more route."""

from services.embedded import serve  # patches first: gevent wants to be there before anything else

# isort: split
import sys

from services.embedded.compose import Embedded, build
from services.embedded.settings import EmbeddedSettings
from tests.load.empty_post import empty_post


def with_empty_post(settings: EmbeddedSettings) -> Embedded:
    embedded = build(settings)
    embedded.app.register_blueprint(empty_post())
    return embedded


if __name__ == "__main__":
    serve.serve(serve.settings_from(sys.argv[1:]), with_empty_post)
