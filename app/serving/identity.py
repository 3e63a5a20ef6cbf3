"""Who says who people are: an OpenID Connect provider, asked once for each sign-in and trusted for nothing else.

What people may do is in the case store. No token of the provider's is kept once it has said who somebody is.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mat.errors import SettingsError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FILE_NAME = "oidc.toml"
_KEYS = ("metadata_url", "client_id", "client_secret")
_FOR_OWNER_ALONE = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody as a provider knows them. `proven_at`: when they last proved it there, in seconds; None = not said."""

    issuer: str
    external_id: str
    proven_at: int | None = None


class IdentityRefused(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """The provider did not say who somebody is, or what it said does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An OpenID Connect provider that knows this board as a client."""

    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)

    async def ask(self, request: Request, back: str, *, is_again: bool = False) -> Response:
        """Send the browser to the provider, which asks for a proof every time and sends it on to `back`.

        `is_again`: somebody signed in proves again who they are; the provider then says when they did.
        """
        asked: dict[str, str] = {"prompt": "login"} | ({"max_age": "0"} if is_again else {})
        return cast("Response", await self._client().authorize_redirect(request, back, **asked))

    async def identity(self, request: Request) -> Identity:
        """Who came back: from a token whose signature, issuer, audience, nonce and times hold.

        Raises:
            IdentityRefused: nobody did.
        """
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - late: half a second
        from httpx import HTTPError  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        try:
            token: dict[str, Any] = await self._client().authorize_access_token(request)
        except (AuthlibBaseError, HTTPError, JoseError, ValueError):
            raise IdentityRefused("the answer does not hold") from None
        claims = cast("dict[str, object]", token.get("userinfo") or {})
        if not (claims.get("iss") and claims.get("sub")):
            raise IdentityRefused("no issuer or subject")
        at = claims.get("auth_time")
        return Identity(
            issuer=str(claims["iss"]), external_id=str(claims["sub"]), proven_at=at if isinstance(at, int) else None
        )

    def _client(self) -> Any:
        from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415

        oauth: Any = OAuth()
        return oauth.register(
            "provider",
            client_id=self.client_id,
            client_secret=self.client_secret,
            server_metadata_url=self.metadata_url,
            client_kwargs={"scope": "openid", "code_challenge_method": "S256"},
        )


def read_provider(key_dir: Path) -> Provider:
    """The provider that `oidc.toml` in the folder of the keys names.

    Raises:
        SettingsError: the file is not there, others may read it, or it is not as it should be.
    """
    path = key_dir / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        mode = path.stat().st_mode
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}): the board asks there who signs people in ({', '.join(_KEYS)}). "
            "For practice, without anybody real, say --demo."
        ) from error
    except ValueError as error:
        raise SettingsError(f"{path} is not TOML ({error}): mend it.") from error
    if mode & _FOR_OWNER_ALONE:
        raise SettingsError(f"{path} holds a secret and others may read it: make it yours alone (chmod 600).")
    values = {key: content.get(key) for key in _KEYS}
    if set(content) != set(_KEYS) or not all(isinstance(value, str) and value for value in values.values()):
        raise SettingsError(f"{path} should have {', '.join(_KEYS)} as text, and nothing else: mend it.")
    named = {key: str(value) for key, value in values.items()}
    if not named["metadata_url"].startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise SettingsError(f"{path}: metadata_url should begin with https://, so that nobody in between can answer.")
    return Provider(
        metadata_url=named["metadata_url"], client_id=named["client_id"], client_secret=named["client_secret"]
    )
