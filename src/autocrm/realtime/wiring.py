"""Binds the kernel's push port to the channel layer."""

from autocrm.kernel import push
from autocrm.realtime.sender import sender

push.bind(sender.send)
