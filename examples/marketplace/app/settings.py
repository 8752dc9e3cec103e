"""What the marketplace is told by its environment. Nothing has a default that could surprise."""

import os
import sys
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Settings:
    """Each field is the environment variable of the same name in capitals."""

    database_url: str
    payment_url: str
    payment_key: str
    webhook_url: str
    webhook_secret: str
    recommender_url: str
    mail_url: str


def read_settings() -> Settings:
    """The settings, all of them; says what is missing and stops where one is."""
    names = {field.name: field.name.upper() for field in fields(Settings)}
    missing = [variable for variable in names.values() if not os.environ.get(variable)]
    if missing:
        sys.exit(f"not set in the environment: {', '.join(missing)}")
    return Settings(**{name: os.environ[variable] for name, variable in names.items()})
