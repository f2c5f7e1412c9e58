"""Django settings, by concern. `env.py` reads the environment, the others decide."""

from config.settings.apps import *  # noqa: F403
from config.settings.services import *  # noqa: F403
from config.settings.security import *  # noqa: F403
from config.settings.api import *  # noqa: F403
from config.settings.outgoing import *  # noqa: F403
from config.settings.mail import *  # noqa: F403
from config.settings.intake import *  # noqa: F403
from config.settings.product import *  # noqa: F403
from config.settings.triage import *  # noqa: F403
from config.settings.answers import *  # noqa: F403
from config.settings.backoffice import *  # noqa: F403
from config.settings.logs import *  # noqa: F403
