"""The embedded server telling everything it can tell: debug lines, and gunicorn's line for each request."""

from services.embedded import serve  # patches first: gevent wants to be there before anything else

# isort: split
import sys

from gunicorn.config import Config

from services.kit import logs
from services.kit.gunicorn_server import Scrubbed


class Talkative(Scrubbed):
    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        logs.configure(service="chorus", form="json", level="DEBUG")


if __name__ == "__main__":
    serve.serve(serve.settings_from(sys.argv[1:]), logger_class=Talkative, accesslog="-")
