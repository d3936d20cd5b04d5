"""Signing in at Azure DevOps: personal access tokens, and Microsoft Entra service principals through msal.

https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/service-principal-managed-identity
"""

import base64
import threading
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.domain.errors import AuthenticationFailedError, GatewayError, GatewayUnavailableError, ValidationError
from adnode.domain.organization import Credential, PersonalAccessToken, ServicePrincipal

AZURE_DEVOPS_SCOPE = "499b84ac-1321-427f-aa17-267689975316/.default"
"""All permissions that the service principal has at Azure DevOps, whose application id this is."""
TOKEN_TIMEOUT_SECONDS = 30
_PUBLIC_CLOUD = "login.microsoftonline.com"


class SignIn(Protocol):
    """Gives the Authorization header of each call. Safe to use from several threads."""

    def header(self) -> str:
        """Return the header's value; raises AuthenticationFailedError, GatewayUnavailableError."""

    def renew(self) -> bool:
        """After a 401: drop what is cached, and say whether another attempt makes sense."""

    def close(self) -> None:
        """Close the connections of its own."""


class TokenSignIn:
    """Signs in with a personal access token."""

    def __init__(self, credential: PersonalAccessToken) -> None:
        self._header = "Basic " + base64.b64encode(f":{credential.token}".encode()).decode()

    def header(self) -> str:
        """Return the token as the password of a nameless user."""
        return self._header

    def renew(self) -> bool:
        """Say that there is no other token."""
        return False

    def close(self) -> None:
        """Do nothing."""


class ServicePrincipalSignIn:
    """Signs in with access tokens of a service principal, which msal caches and renews minutes before they expire."""

    def __init__(self, credential: ServicePrincipal) -> None:
        self._credential = credential
        self._secret = _client_credential(credential)
        self._lock = threading.Lock()
        self._application: Any = None
        self._session = requests.Session()

    def header(self) -> str:
        """Return a token that is valid for some minutes at least."""
        with self._lock:
            result = self._ask()
        token = result.get("access_token")
        if not token:
            reason = str(result.get("error_description") or result.get("error") or "").partition("\n")[0].strip()
            raise AuthenticationFailedError(
                f"Microsoft Entra gave no token for application {self._credential.client_id}: {reason} "
                "Check tenant, application id and secret or certificate, and replace the credential."
            )
        return f"Bearer {token}"

    def renew(self) -> bool:
        """Forget the cached token."""
        with self._lock:
            if self._application is not None:
                self._application.remove_tokens_for_client()
        return True

    def close(self) -> None:
        """Close the connections to the token service."""
        self._session.close()

    def _ask(self) -> dict[str, Any]:
        try:
            if self._application is None:
                self._application = self._make_application()
            result: dict[str, Any] = self._application.acquire_token_for_client(scopes=[AZURE_DEVOPS_SCOPE])
        except requests.RequestException as error:
            raise GatewayUnavailableError(
                f"The token service {self._credential.authority} can't be reached. It is tried again by itself."
            ) from error
        except ValueError as error:
            raise AuthenticationFailedError(
                f"The token service {self._credential.authority} knows no tenant {self._credential.tenant_id}, "
                "or its certificate can't be used. Check the tenant id and the certificate."
            ) from error
        return result

    def _make_application(self) -> Any:
        import msal  # costs a quarter of a second, and only service principals need it

        authority = self._credential.authority.rstrip("/")
        is_public = urlsplit(authority).hostname == _PUBLIC_CLOUD
        return msal.ConfidentialClientApplication(
            self._credential.client_id,
            client_credential=self._secret,
            authority=f"{authority}/{self._credential.tenant_id}",
            instance_discovery=None if is_public else False,
            http_client=_TimedSession(self._session),
        )


class _TimedSession:
    """The HTTP client of msal: no call waits for ever, none follows a redirect."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def get(self, url: str, **options: Any) -> requests.Response:
        return self._session.get(url, **{"timeout": TOKEN_TIMEOUT_SECONDS, "allow_redirects": False} | options)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self._session.post(url, **{"timeout": TOKEN_TIMEOUT_SECONDS, "allow_redirects": False} | options)

    def close(self) -> None:
        self._session.close()


class BoundAuthorization(requests.auth.AuthBase):
    """Adds the Authorization header, and refuses to send it anywhere but to the organization it belongs to.

    The client takes the hosts of some resources from what the organization answers, so this is checked per request.
    """

    def __init__(self, address: OrganizationAddress, sign_in: SignIn) -> None:
        self._address = address
        self._sign_in = sign_in

    def signed_session(self, session: requests.Session | None = None) -> requests.Session:
        """Apply itself to the session of the client (msrest's interface of credentials)."""
        session = session or requests.Session()
        session.auth = self
        return session

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        if not self._address.contains(request.url or ""):
            host = urlsplit(request.url or "").netloc
            raise GatewayError(
                f"{self._address.url} wants the credential sent to {host}, which does not belong to it. "
                "Nothing was sent. Check the URL of the organization."
            )
        request.headers["Authorization"] = self._sign_in.header()
        return request


def make_sign_in(credential: Credential) -> SignIn:
    """Return the way to sign in with a credential; raises ValidationError for a certificate that is none."""
    if isinstance(credential, PersonalAccessToken):
        return TokenSignIn(credential)
    return ServicePrincipalSignIn(credential)


def _client_credential(credential: ServicePrincipal) -> str | dict[str, str]:
    """Return the secret as msal takes it; key and certificate may stand in one PEM text, in any order."""
    if not credential.private_key_pem:
        return credential.client_secret
    try:
        key = serialization.load_pem_private_key(credential.private_key_pem.encode(), None)
        certificate = x509.load_pem_x509_certificate(credential.certificate_pem.encode())
    except (ValueError, TypeError) as error:
        raise ValidationError(
            "The certificate can't be used. It must be a PEM file with an RSA private key without passphrase and its "
            "certificate."
        ) from error
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return {"private_key": private.decode(), "public_certificate": public.decode()}
