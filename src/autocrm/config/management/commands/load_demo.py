"""`load_demo`: make the demo workspaces; with --print-json the last line says who can sign in."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from autocrm.config.demo.loader import load_demo


class Command(BaseCommand):
    """Loads the demo once; what exists is left alone."""

    help = "Make the demo workspaces Acme and Globex."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print-json", action="store_true", help="say who can sign in, as one line of JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        answer = load_demo()
        if options["print_json"]:
            self.stdout.write(json.dumps(answer))
        elif not answer["people"]:
            self.stdout.write("The demo is there already.")
        else:
            for person in answer["people"]:
                self.stdout.write(f"{person['email']}  {person['password']}  {person['url']}")
