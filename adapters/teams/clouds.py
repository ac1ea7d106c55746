"""Microsoft's clouds: who signs what Teams sends, and who gives out tokens for calls to it.

Source: Microsoft's Teams SDK, `CloudEnvironment`; learn.microsoft.com/azure/bot-service, "How to: deploy to US
Government". GCC is in the public cloud; GCC High and DoD are in the US government's.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Cloud:
    """`issuer`: of the tokens that Teams sends; tokens for calls to Teams are asked for by the same name."""

    issuer: str
    login: str

    def token_url(self, tenant: str) -> str:
        """Where tokens for the tenant's apps are given out."""
        return f"{self.login}/{tenant}/oauth2/v2.0/token"


PUBLIC = Cloud("https://api.botframework.com", "https://login.microsoftonline.com")
_OTHERS = {
    ".us": Cloud("https://api.botframework.us", "https://login.microsoftonline.us"),
    ".cn": Cloud("https://api.botframework.azure.cn", "https://login.partner.microsoftonline.cn"),
}


def cloud_of(metadata_url: str) -> Cloud:
    """The cloud whose signing keys are there."""
    host = urlsplit(metadata_url).hostname or ""
    return next((cloud for ending, cloud in _OTHERS.items() if host.endswith(ending)), PUBLIC)
