"""A worker process of a test's own database, to be killed in the middle of its work."""

import os
import subprocess
import sys

from tests.support.database import ROOT

WORKER = """
import sys, django
django.setup()
from django.db import connections
from autocrm.jobs import services as jobs
while True:
    try:
        jobs.sweep()
        jobs.run_due(tenant_id=int(sys.argv[1]))
    except Exception as error:
        print(error, file=sys.stderr)
        connections.close_all()
"""


class Worker:
    """Runs the jobs of one tenant; `application` is the name its connections carry in the database."""

    def __init__(self, tenant_id: int, application: str) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PGAPPNAME": application}
        command = [sys.executable, "-c", WORKER, str(tenant_id)]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        """As a machine that loses power would."""
        self.process.kill()
        self.process.wait()
