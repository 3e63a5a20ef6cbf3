"""A provider of identities on this machine, for tests: it says that anybody is whom the code names."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from app.serving.identity import Provider


@dataclass
class IdentityProvider:
    """`asked`: what the board asked last. `wrong`: what of the next token does not hold; "" = nothing."""

    asked: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    wrong: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    other_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256"}))

    def __enter__(self) -> Self:
        provider = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, provider.metadata() if "openid-configuration" in self.path else provider.keys())

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                provider.answer(self, provider.tokens(form["code"][0]))

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        """Its name as an issuer."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def metadata_url(self) -> str:
        """Where it describes itself."""
        return f"{self.url}/.well-known/openid-configuration"

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, object]:
        return {"keys": [self.key.as_dict(private=False)]}

    def tokens(self, name: str) -> dict[str, object]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": "https://attacker.example" if self.wrong == "issuer" else self.url,
            "aud": "another" if self.wrong == "audience" else "board",
            "sub": name,
            "nonce": "another" if self.wrong == "nonce" else self.asked["nonce"][0],
            "iat": now - 7200 if self.wrong == "expired" else now,
            "exp": now - 3600 if self.wrong == "expired" else now + 300,
        }
        if self.wrong != "no time":
            claims["auth_time"] = now - 600 if self.wrong == "proven before" else now
        key = self.other_key if self.wrong == "signature" else self.key
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        return {"access_token": "unused", "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def answer(self, request: BaseHTTPRequestHandler, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        request.send_response(200)
        request.send_header("content-type", "application/json")
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


def provider_of(issuer: IdentityProvider) -> Provider:
    """How the board knows it."""
    return Provider(metadata_url=issuer.metadata_url, client_id="board", client_secret="secret")  # noqa: S106 - of a provider that this test makes


def back_from(away: Any, name: str, client: TestClient, issuer: IdentityProvider) -> Any:
    """The answer to somebody whom the board sent to the provider, and who comes back from it as `name`."""
    assert away.status_code == 303
    issuer.asked = parse_qs(urlsplit(away.headers["location"]).query)
    return client.get("/sign-in/back", params={"code": name, "state": issuer.asked["state"][0]})
