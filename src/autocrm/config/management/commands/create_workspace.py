"""Makes a workspace with its default roles and an owner; the first thing on a new installation."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from typing_extensions import override

from autocrm.kernel.errors import AutoCRMError, Invalid
from autocrm.users.models import User, normalise_email
from autocrm.users.services.people import create_user
from autocrm.users.services.workspaces import create_workspace


class Command(BaseCommand):
    """Without --password a new owner gets a random one, printed once; an existing user keeps theirs."""

    help = "Create a workspace NAME with an owner."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the workspace")
        parser.add_argument("--subdomain", required=True)
        parser.add_argument("--owner-email", required=True)
        parser.add_argument("--owner-name", default="")
        parser.add_argument("--password", help="password of a new owner (default: random, printed)")
        parser.add_argument("--operator", action="store_true", help="let the owner into the operators' site as well")

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        email = normalise_email(options["owner_email"])
        password = options["password"] or secrets.token_urlsafe(12)
        try:
            with transaction.atomic():
                owner = User.objects.filter(email=email).first()
                is_new = owner is None
                if owner is None:
                    name = options["owner_name"] or email.partition("@")[0].title()
                    owner = create_user(email=email, name=name, password=password, is_operator=options["operator"])
                tenant = create_workspace(
                    name=options["name"], subdomain=options["subdomain"], owner=owner, by="command line"
                )
        except AutoCRMError as error:
            raise CommandError(_in_words(error)) from error
        self.stdout.write(f"Workspace {tenant.name} (id {tenant.id}, subdomain {tenant.subdomain}), owner {email}")
        if is_new and not options["password"]:
            self.stdout.write(f"Password: {password}")


def _in_words(error: AutoCRMError) -> str:
    if not isinstance(error, Invalid):
        return str(error)
    return " ".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in error.fields.items())
