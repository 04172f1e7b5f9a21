"""Django's own commands, for the supervisor and `./autocrm manage`; expects the environment to be set."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autocrm.config.settings")
    execute_from_command_line(["autocrm manage", *sys.argv[1:]])
