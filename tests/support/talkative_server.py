"""The embedded server telling everything it can tell: debug lines, and gunicorn's line for each request."""

from services.embedded import serve  # patches first: gevent wants to be there before anything else

# isort: split
import sys

from gunicorn.config import Config

from services.embedded.compose import build
from services.kit import logs


class Talkative(serve.Scrubbed):
    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        logs.configure(service="chorus", form="json", level="DEBUG")


class TalkativeServer(serve.Server):
    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("logger_class", Talkative)
        self.cfg.set("accesslog", "-")


if __name__ == "__main__":
    TalkativeServer(serve.settings_from(sys.argv[1:]), build).run()
