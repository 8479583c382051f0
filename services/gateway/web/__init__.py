"""The pages: server-rendered, in two languages, complete without a script."""

from services.gateway.web.blueprint import create_blueprint
from services.gateway.web.problems import error_page

__all__ = ["create_blueprint", "error_page"]
