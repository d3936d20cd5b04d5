"""What a person sees of the emulator in a browser: sign-in, settings with the extension's hub, work item forms."""

from azure_devops_emulator.host.extension import Extension
from azure_devops_emulator.host.pages import HostPages

__all__ = ["Extension", "HostPages"]
